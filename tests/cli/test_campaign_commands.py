"""The subcommands of `campaign` for campaigns on disk; nothing is sent to Azure."""

import json
from pathlib import Path

import pytest

from tests.support.campaign_session import CampaignSession, campaign_plan, halt_run, stage
from tests.support.command_line import CommandLine, refusal
from vmss_tui.cli.campaigns.requests import member_keys
from vmss_tui.cli.error_report import CommandError
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.storage.state_folder import state_folder
from vmss_tui.runtime.storage.worker_files import worker_stop, write_stop

PLAN = campaign_plan(stage("canary", "canary-vmss"), stage("rest", "web-vmss", "api-vmss"))


@pytest.fixture
def halted(home: Path) -> str:
    """The name of a campaign that halted in its first stage."""
    session = CampaignSession(state_folder())
    session.carry_out = halt_run
    name = session.control.start(PLAN)
    session.work(name)
    return name


def test_a_halted_campaign_is_listed_shown_and_watched_to_its_last_event(
    halted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = CommandLine(capsys)
    code, out, _ = run("campaign", "status", "--json")
    assert code == 0
    (row,) = json.loads(out)
    assert (row["campaign"], row["phase"], row["live"]) == (halted, "Halted", False)
    assert (row["done"], row["failed"], row["total"]) == (1, 1, 3)
    code, out, _ = run("campaign", "status", "ubuntu", "--json")
    status = json.loads(out)
    assert [m["state"] for m in status["members"]] == ["failed", "waiting", "waiting"]
    assert (status["stage"], status["waits_for_approval"]) == ("canary", False)
    code, out, err = run("campaign", "status", "ubuntu")
    assert "web-rg/canary-vmss" in out
    assert "Halted · 1 of 3 scale sets done · 1 failed" in err
    code, out, _ = run("campaign", "attach", halted, "--json")
    assert code == ExitCode.HALTED
    kinds = [json.loads(line)["body"]["event"] for line in out.splitlines()]
    assert kinds[0] == "campaign_confirmed"
    assert kinds[-1] == "campaign_halted"
    code, out, err = run("campaign", "attach", halted)
    assert (code, out) == (ExitCode.HALTED, "")
    assert "web-rg/canary-vmss: failed" in err
    assert f"vmss-tui campaign resume {halted}" in err
    code, out, _ = run("campaign", "report", halted)
    assert out.startswith(f"# Campaign {halted}: Halted")
    code, out, _ = run("campaign", "report", halted, "--json")
    assert (code, json.loads(out)["untouched_members"]) == (0, 2)
    file = state_folder() / "report.html"
    code, out, err = run("campaign", "report", halted, "--format", "html", "--output", f"{file}")
    assert (code, out, "Report written to" in err) == (0, "", True)
    assert f"<title>{halted}: Halted</title>" in file.read_text("utf-8")
    answer = run("campaign", "report", halted, "--output", f"{file}")
    assert refusal(*answer, ExitCode.USAGE) == "--output needs --format html"


def test_a_status_shows_damage_and_why_the_worker_ended(
    halted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = CommandLine(capsys)
    (journal,) = state_folder().rglob("campaigns/*/journal.jsonl")
    first, *rest = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + b"{}\n" + b"".join(rest))
    (folder,) = (state_folder() / "campaigns").iterdir()
    write_stop(folder, worker_stop("the disk is full"))
    code, out, err = run("campaign", "status", halted)
    assert code == ExitCode.ERROR
    assert "The worker of the campaign has ended: the disk is full. Resume with" in err
    assert "The journal cannot be read further: " in err
    code, out, _ = run("campaign", "status", halted, "--json")
    status = json.loads(out)
    assert (code, status["worker_failure"]) == (ExitCode.ERROR, "the disk is full")
    assert status["damage"] in err


def test_what_may_not_be_done_is_refused_in_one_line(
    halted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = CommandLine(capsys)
    for command in ("resume", "approve", "retry", "revert"):
        answer = run("--read-only", "campaign", command, halted)
        assert refusal(*answer, ExitCode.REFUSED) == "this session is read-only"
    answer = run("campaign", "pause", halted)
    assert "cannot pause: the campaign is not in progress" in refusal(*answer, ExitCode.REFUSED)
    answer = run("campaign", "attach", "other")
    assert "there is no campaign 'other' (campaigns: ubuntu-" in refusal(*answer, ExitCode.ERROR)
    code, _, err = run("campaign", "skip", halted)
    assert code == ExitCode.USAGE
    assert "Name the scale sets to skip" in err


def test_members_are_given_by_name_group_and_name_or_resource_id() -> None:
    (web,) = (member for member in PLAN.members if member.scale_set.name == "web-vmss")
    for text in ("web-vmss", "WEB-RG/web-vmss", web.scale_set.resource_id):
        assert member_keys(PLAN, [text]) == (web.key,)
    with pytest.raises(CommandError, match="'other' is no scale set of ubuntu"):
        member_keys(PLAN, ["other"])
