"""`report`, `retry` and `revert`."""

import json
from pathlib import Path

from tests.support.command_line import NEWER, WEB, CommandLine, refusal, upgrade_effects
from vmss_tui.errors import ExitCode


def test_a_report_is_printed_as_markdown_as_json_and_as_html(
    in_demo: CommandLine, tmp_path: Path
) -> None:
    code, _, err = in_demo("run", WEB, "--instance", "1", "--yes")
    assert code == 0, err
    (run,) = json.loads(in_demo("runs", "--json")[1])
    code, out, _ = in_demo("report", run["run"])
    assert code == 0
    assert out.startswith(f"# Run {run['run']}: Completed\n")
    assert "az vmss update-instances -g web-rg -n web-vmss --instance-ids 1" in out
    code, out, _ = in_demo("report", run["run"], "--format", "json")
    assert code == 0
    assert json.loads(out)["upgraded"] == 1
    code, page, _ = in_demo("report", run["run"], "--format", "html")
    assert code == 0
    assert page.startswith("<!DOCTYPE html>")
    assert "--instance-ids 1" in page
    file = tmp_path / "report.html"
    code, out, err = in_demo("report", run["run"], "--format", "html", "--output", str(file))
    assert (code, out) == (0, "")
    assert str(file) in err
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
    missing = str(tmp_path / "none" / "report.html")
    code, out, err = in_demo("report", run["run"], "--format", "html", "--output", missing)
    assert "cannot be written" in refusal(code, out, err, ExitCode.ERROR)
    code, out, err = in_demo("report", run["run"], "--output", str(file))
    assert "needs --format html" in refusal(code, out, err, ExitCode.USAGE)
    options = ("--format", "html", "--output", missing, "--evidence", "1")
    code, out, err = in_demo("report", run["run"], *options)
    assert "no --evidence" in refusal(code, out, err, ExitCode.USAGE)


def test_a_report_of_a_damaged_run_is_partial_and_exits_with_1(
    in_demo: CommandLine, state: Path
) -> None:
    assert in_demo("run", WEB, "--instance", "1", "--yes")[0] == 0
    (journal,) = state.glob("runs/*/journal.jsonl")
    lines = journal.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b'"t":', b'"t":9')
    journal.write_bytes(b"\n".join(lines))
    code, out, err = in_demo("report", "web-vmss")
    assert code == ExitCode.ERROR
    assert "The journal is damaged" in out
    assert "line 5" in err


def test_a_run_is_reverted_from_the_command_line_after_a_yes(
    in_demo: CommandLine, state: Path
) -> None:
    code, _, err = in_demo("run", WEB, "--instance", "1", "--image-version", NEWER, "--yes")
    assert code == 0, err
    code, out, err = in_demo("revert", "web-vmss")
    assert "add --yes" in refusal(code, out, err.splitlines(True)[-1], ExitCode.USAGE)
    assert "roll back  instance 1" in err
    assert f"{NEWER} → 22.04.202511010" in err
    code, _, err = in_demo("revert", "web-vmss", "--yes")
    assert code == 0, err
    assert "is now Rolling back" in err
    assert in_demo("attach", "web-vmss")[0] == ExitCode.ABORTED
    assert [effect["instance_id"] for effect in upgrade_effects(state)] == ["1", "1"]
    model = json.loads(in_demo("model", WEB, "--json")[1])
    assert model["image"]["version"] == "22.04.202511010"
    code, out, err = in_demo("revert", "web-vmss", "--yes")
    assert "it is rolled back already" in refusal(code, out, err, ExitCode.REFUSED)


def test_a_run_without_failures_has_nothing_to_retry(in_demo: CommandLine) -> None:
    assert in_demo("run", WEB, "--instance", "1", "--yes")[0] == 0
    code, out, err = in_demo("retry", "web-vmss", "--yes")
    assert "none of its instances has failed" in refusal(code, out, err, ExitCode.REFUSED)
    code, out, err = in_demo("retry", "web-vmss", "--yes", "--read-only")
    assert "is read-only" in refusal(code, out, err, ExitCode.REFUSED)
