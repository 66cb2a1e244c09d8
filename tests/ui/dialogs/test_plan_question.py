"""The question before an upgrade: rows with labels, a bar of what stays available, commands."""

from msgspec import UNSET, structs

from tests.support.fleets import NEW, OLD, web
from vmss_tui.gateway import AzureContext
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.plan import describe_plan
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def lines_of(plan: Plan) -> list[str]:
    """The lines of the question."""
    context = AzureContext(
        principal="ops@contoso.example", tenant_id="t", endpoint="https://a.test"
    )
    return describe_plan(plan, web(), context, "Contoso", Appearance()).plain.split("\n")


def row(lines: list[str], label: str) -> str:
    """The text after a label."""
    return next(line[14:] for line in lines if line.startswith(f"{label} "))


def test_one_batch_names_image_method_limits_target_and_its_command_last() -> None:
    ids = ("20", "25", "30")
    lines = lines_of(make_plan(web(), Selection(instance_ids=ids), Policy()))
    assert row(lines, "Instances").split() == ["UD", "0", "3", *ids]
    assert not any(line.startswith("Batch") for line in lines)
    assert row(lines, "Image") == f"{OLD} → {NEW}"
    assert row(lines, "Method") == "Azure replaces the OS disk and restarts each VM"
    assert " " * 14 + "OS and temporary disks are lost; data disks stay" in lines
    assert (
        row(lines, "Available")
        == "3 at once: at least 93 of 98 (stops if more than 19 are unavailable)"
    )
    bar = next(line for line in lines if "▒" in line)
    assert (len(bar), bar.count("▒")) == (14 + 52, 1)
    assert f"{'':14}{'':{bar.count('█')}}▲ these 3" in lines
    assert row(lines, "Watched") == "until healthy for 10 s; failed after 10 min"
    assert row(lines, "Scale set") == web().scale_set.id.resource_id
    command = "az vmss update-instances -g web-rg -n web-vmss --instance-ids 20 25 30"
    assert lines[-1] == command


def test_several_batches_have_a_row_each_and_the_largest_is_marked() -> None:
    plan = make_plan(web(), Selection(), Policy())
    lines = lines_of(plan)
    numbers = [line.split()[1] for line in lines if line.startswith("Batch ")]
    assert numbers == ["1", "2", "3", "4", "5"]
    assert any(line.endswith("▲ 16 at a time") for line in lines)
    assert lines[-1] == "… and the same for 4 more batches"


def test_a_plan_without_known_versions_says_nothing_about_disks_as_certain() -> None:
    plan = structs.replace(make_plan(web(), Selection(), Policy()), image_versions={})
    lines = lines_of(plan)
    assert row(lines, "Method") == "Azure applies the latest model to each VM"
    assert f"{'':14}A changed image replaces its OS disk; data disks stay" in lines
    assert not any(
        line.startswith("Image") for line in lines_of(structs.replace(plan, target_image=UNSET))
    )
