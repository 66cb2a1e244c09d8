"""The README lists the commands, JSON fields, keys and dependencies that there are."""

import re
import tomllib
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
import pytest

from tests.support.fake_diagnostics import activity_event
from tests.support.paths import ROOT
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember, MemberPlan, StagePlan
from vmss_tui.campaign.state import Campaign, CampaignMember
from vmss_tui.cli.checks.before_run import finding_json, preflight_json
from vmss_tui.cli.checks.machine import findings_json, ok
from vmss_tui.cli.json_output.campaign_status import campaign_status_json, campaign_summary_json
from vmss_tui.cli.json_output.campaigns import campaign_plan_json
from vmss_tui.cli.json_output.diagnosis import (
    activity_json,
    boot_log_json,
    cause_json,
    command_json,
    diagnosis_json,
)
from vmss_tui.cli.json_output.fleet import (
    change_json,
    instance_json,
    list_entry_json,
    model_json,
    status_json,
)
from vmss_tui.cli.json_output.images import (
    catalogue_list_json,
    image_versions_json,
    own_image_json,
    version_json,
)
from vmss_tui.cli.json_output.maintenance import (
    os_upgrade_json,
    repairs_json,
    rolling_upgrade_json,
    started_action_json,
)
from vmss_tui.cli.json_output.operations import operation_json
from vmss_tui.cli.json_output.runs import (
    event_json,
    plan_json,
    prune_json,
    report_json,
    run_summary_json,
)
from vmss_tui.cli.program import program
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RollingUpgrade
from vmss_tui.fleet.causes.cause import Cause
from vmss_tui.fleet.estate.row import listed_row
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.image_offers import CatalogueList, ImageVersion, ImageVersions, OwnImage
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.preflight.result import Check, FindingLevel, Preflight, PreflightFinding
from vmss_tui.fleet.scale_set import Instance, ScaleSet, Status
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.diagnostics import BootLog, BootLogState
from vmss_tui.operations.maintenance import MaintenanceAction, MaintenanceState
from vmss_tui.operations.maintenance_preview import build_preview
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import OperationMember, Progress
from vmss_tui.runtime.campaigns.campaign_store import CampaignSummary
from vmss_tui.runtime.diagnosis.activity import Activity
from vmss_tui.runtime.diagnosis.instance_document import Handler, InstanceDocument
from vmss_tui.runtime.diagnosis.loaded_log import load_log
from vmss_tui.runtime.operations.instances import InstanceOperation
from vmss_tui.runtime.operations.maintenance import MaintenanceOperation
from vmss_tui.runtime.operations.run_commands import CommandState, InstanceCommand
from vmss_tui.runtime.storage.run_records import RunSummary
from vmss_tui.ui.commands.bindings import markdown_table
from vmss_tui.upgrade.events import Author, PlanConfirmed, Record, WaitEnded
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.explanation import Explanation, InstanceExplanation
from vmss_tui.upgrade.report.report import AzureRequest, InstanceResult
from vmss_tui.upgrade.run.run import Phase

README = (ROOT / "README.md").read_text()
AUTHOR = Author(
    at="-",
    caller="-",
    caller_kind="-",
    client="-",
    operation="-",
    correlation_id="-",
    properties=(("-", "-", "-"),),
)
SCALE_SET = ScaleSetId("00000000-0000-0000-0000-000000000000", "rg", "set")
TAKEN_AT = datetime(2026, 11, 22, tzinfo=UTC)


def readme_part(name: str) -> str:
    """The text between two markers of the README."""
    match = re.search(f"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert match, f"the README has no part {name}"
    return match[1].strip()


def example_outputs() -> dict[str, dict[str, Any]]:
    """An example of every kind of `--json` output."""
    scale_set, image = ScaleSet(SCALE_SET), Image(ImageKind.PLATFORM)
    offered = ImageVersions(image, (), "", TAKEN_AT)
    plan = Plan(
        subscription_id=SCALE_SET.subscription_id,
        resource_group="rg",
        name="set",
        batches=(),
        model_digest="",
        running_at_start=0,
        made_at=TAKEN_AT,
    )
    run = RunSummary("r", SCALE_SET, Phase.COMPLETED, "", "", False, 0, 0, "", False)
    record = Record(seq=1, at="", t=0.0, body=WaitEnded(by=""))
    confirmed = Record(seq=1, at="", t=0.0, body=PlanConfirmed(plan=plan, by=""))
    report = build_report("r", [confirmed])
    assert report is not None
    request = AzureRequest(at="", kind="batch", number=1, az="", client_request_id="")
    operation = OperationPlan(
        scale_set=SCALE_SET,
        kind=OperationKind.START,
        instance_ids=("0",),
        serving=0,
        serving_during=0,
        capacity=1,
        made_at=TAKEN_AT,
    )
    members = {"0": OperationMember()}
    operation_fields = operation_json(
        operation, InstanceOperation(Progress(operation, 0.0, members, True))
    )
    stage = StagePlan(name="s", members=(MemberPlan(plan=plan, region="eastus"),))
    omission = LeftOutMember(subscription_id="", resource_group="", name="", reason="")
    campaign = CampaignPlan(name="c", stages=(stage,), left_out=(omission,), made_at=TAKEN_AT)
    campaign_fields = campaign_plan_json(campaign)
    campaign_status = campaign_status_json(
        "c", Campaign(members={"": CampaignMember(key="", stage=0)}), {}, is_live=False
    )
    event, log = activity_event(0), BootLog(BootLogState.EMPTY)
    document = InstanceDocument("", (Handler("agent"),), (Status(""),))
    diagnosis_fields = diagnosis_json(SCALE_SET, Instance("0"), document, (), None, None)
    command_fields = command_json(SCALE_SET, (), (InstanceCommand("0", CommandState.DONE),))
    return {
        "`list` (an array)": list_entry_json(scale_set, None, None, listed_row(scale_set, "")),
        "`model`": model_json(scale_set),
        "`model` with an edit": change_json(Change({}, (), "", (), touches_model=False), None),
        "`status`": status_json(Snapshot(scale_set, (), TAKEN_AT), None),
        "… its `instances`": instance_json(Instance("0")),
        "`images`": image_versions_json(scale_set, offered, None, {}),
        "… its `versions`": version_json(ImageVersion("1"), None, {}),
        "`images` with `--list`": catalogue_list_json(scale_set, "", CatalogueList((), TAKEN_AT)),
        "… its `items` of `own`": own_image_json(OwnImage(image, ""), ""),
        "`plan`": plan_json(plan) | {"preflight": {}},
        "… its `preflight`": preflight_json(Preflight(())),
        "… its `findings` of a plan": finding_json(
            PreflightFinding(Check.STATE, FindingLevel.CAUTION, "")
        ),
        "`campaign plan`": campaign_fields,
        "… its `stages`": campaign_fields["stages"][0],
        "… its `members`, with the fields of `plan`": {
            field: value
            for field, value in campaign_fields["stages"][0]["members"][0].items()
            if field not in plan_json(plan)
        },
        "… its `left_out`": campaign_fields["left_out"][0],
        "`campaign status` (an array)": campaign_summary_json(
            CampaignSummary("c", Campaign(), is_live=False, started_at="", demo=False)
        ),
        "`campaign status CAMPAIGN`": campaign_status,
        "… its `members` of a campaign": campaign_status["members"][0],
        "`runs` (an array)": run_summary_json(run),
        "`prune`": prune_json([], 0, [], 0),
        "`report`": report_json(report),
        "… its `acts`": msgspec.to_builtins(request),
        "… its `instances` of a report": msgspec.to_builtins(
            InstanceResult(instance_id="0", row="")
        ),
        "`power`": operation_fields,
        "… its `instances` of an operation": operation_fields["instances"][0],
        "`instance`": diagnosis_fields,
        "… its `handlers`": diagnosis_fields["handlers"][0],
        "… its `statuses`, `substatuses`": diagnosis_fields["statuses"][0],
        "… its `causes`": cause_json(Cause("", "", "", "")),
        "… its `boot_log`": boot_log_json(log, load_log(log, ()), "", 1),
        "… its `activity`": activity_json(Activity(event, event, is_own=False)),
        "`run-command`": command_fields,
        "… its `instances` of a script": command_fields["instances"][0],
        "… `explanations` of a report": msgspec.to_builtins(Explanation(at="", about=0)),
        "… its `instances` of an explanation": msgspec.to_builtins(
            InstanceExplanation(instance_id="0")
        ),
        "… its `authors`": msgspec.to_builtins(AUTHOR),
        "`run`, `attach` (a line)": event_json("r", record),
        "`rolling status`": rolling_upgrade_json(SCALE_SET, None),
        "`rolling history` (an array)": os_upgrade_json(OsUpgrade(upgrade=RollingUpgrade())),
        "`rolling start`, `rolling cancel`, `repairs suspend`, `repairs resume`": (
            started_action_json(
                MaintenanceOperation(
                    build_preview(MaintenanceAction.CANCEL, MaintenanceState(scale_set)), ""
                )
            )
        ),
        "`repairs show`": repairs_json(scale_set, RepairsService()),
        "`doctor`": findings_json([]),
        "… its `findings`": findings_json([ok("", "")])["findings"][0],
    }


def json_table() -> str:
    """The table of fields in the form of the README."""
    rows = [
        f"| {name} | {', '.join(f'`{field}`' for field in fields)} |"
        for name, fields in example_outputs().items()
    ]
    return "\n".join(["| output | fields |", "|---|---|", *rows])


def test_the_table_of_json_fields_is_what_the_commands_print() -> None:
    assert readme_part("json") == json_table()


def test_the_table_of_keys_is_what_the_dashboard_does() -> None:
    assert readme_part("keys") == markdown_table().strip()


def test_every_command_stands_in_the_table_and_no_other() -> None:
    listed = set(re.findall(r"^\| `vmss-tui ([a-z-]+)", README, re.MULTILINE))
    context = click.Context(program)
    commands = {name: program.get_command(context, name) for name in program.list_commands(context)}
    assert listed == {name for name, command in commands.items() if command and not command.hidden}


def test_every_dependency_is_explained_and_bounded_on_both_sides() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in project["dependencies"]:
        name = re.split(r"[<>=]", line)[0]
        assert ">=" in line, line
        assert "<" in line, line
        assert re.search(rf"^\| [\w, -]*\b{name}\b", README, re.MULTILINE), f"{name} has no reason"


def test_ci_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "test command" in script
    assert readme_part("test command").splitlines()[1].endswith(".venv/bin/pytest")


@pytest.mark.parametrize("picture", re.findall(r"\]\((screenshots/[^)]+)\)", README))
def test_every_picture_is_there(picture: str) -> None:
    assert (ROOT / picture).exists()
