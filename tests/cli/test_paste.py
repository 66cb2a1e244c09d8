"""What the program prints to paste, pasted: on stderr, in JSON and in a report."""

import json
import re

import pytest

from tests.support.command_line import WEB, CommandLine
from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from tests.support.paste_shell import PasteShell
from vmss_tui.cli.json_output.runs import report_json
from vmss_tui.cli.output import (
    encode_json,
    own_command,
    prepare_streams,
    print_message,
    use_state,
)
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.report import Report

HOSTILE_URI = "https://a.blob.core.windows.net/vhds/password='`>pwned`$(>pwned)x.vhd"
REDACTED_WORD = (
    "virtualMachineProfile.storageProfile.osDisk.image.uri="
    "https://a.blob.core.windows.net/vhds/password=(redacted)"
)
_SHELL_BLOCK = re.compile(r"^(?P<fence>`{3,})sh\n(?P<lines>.*?)^(?P=fence)`*$", re.M | re.S)


@pytest.fixture
def shell(tmp_path_factory: pytest.TempPathFactory) -> PasteShell:
    return PasteShell(tmp_path_factory.mktemp("paste"))


def test_the_az_line_of_an_edit_is_whole_on_stderr_and_in_json(
    shell: PasteShell, capsys: pytest.CaptureFixture[str]
) -> None:
    with Simulator("web-100") as simulator:
        call = CommandLine(capsys, "--endpoint", simulator.endpoint)
        code, _, err = call("model", WEB, "--image-uri", HOSTILE_URI, "--yes")
        assert code in (ExitCode.DONE, ExitCode.ERROR)
    (line,) = [line for line in err.splitlines() if line.startswith("az ")]
    (call_arguments,) = shell.paste(line)
    assert call_arguments[:6] == ("az", "vmss", "update", "-g", "web-rg", "-n")
    assert REDACTED_WORD in call_arguments
    assert shell.paste(json.loads(encode_json({"az": line}))["az"]) == [call_arguments]


def report_of(uri: str) -> Report:
    """A report with an edit to this blob."""
    harness = EngineHarness(small_set(1), Policy())
    body = {"properties": {"virtualMachineProfile": {"osDisk": {"image": {"uri": uri}}}}}
    harness.append(ev.ModelIntent(body=body, if_match="", client_request_id="", attempt=1))
    harness.append(ev.InstancesFailed(instance_ids=("0",), message="a\n````\n```\nb"))
    report = build_report("web-1234", harness.journal)
    assert report is not None
    return report


@pytest.mark.parametrize(
    "uri",
    [
        "```\n>pwned\n```",
        "`````",
        "password='x y",
        "it's `here`\n````sh",
        "https://u:secret@host/```",
        "é🙂\x1b",
    ],
)
def test_the_az_lines_of_a_report_can_be_pasted(shell: PasteShell, uri: str) -> None:
    report = report_of(uri)
    (request,) = report.requests
    (call_arguments,) = shell.paste(request.az)
    block = _SHELL_BLOCK.search(render_markdown(report))
    assert block is not None
    assert shell.paste(block["lines"]) == [call_arguments]
    (act,) = json.loads(encode_json(report_json(report)))["acts"]
    assert shell.paste(act["az"]) == [call_arguments]
    assert call_arguments[-1].startswith("virtualMachineProfile.osDisk.image.uri=")


def test_a_text_with_a_fence_of_its_own_stays_in_its_block() -> None:
    text = render_markdown(report_of("x")).split("## Failures")[1]
    assert "\n`````\na\n````\n```\nb\n`````\n" in text.replace("␊", "\n")


def test_a_hint_quotes_the_name_in_it(
    shell: PasteShell, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("my(rg)/web", "it's password='x", "$(>pwned)", "größe"):
        print_message(
            "Stopped watching; Azure continues. Watch it with: ",
            own_command("rolling", name, "status"),
        )
        hint = capsys.readouterr().err.rstrip("\n").partition("with: ")[2]
        assert shell.paste(hint) == [("vmss-tui", "rolling", name, "status")]


def test_a_hint_names_the_container_of_its_own_command_line_only() -> None:
    use_state("https://a.example/runs")
    assert own_command("runs") == "vmss-tui runs --state https://a.example/runs"
    prepare_streams()
    assert own_command("runs") == "vmss-tui runs"


def test_the_gate_of_a_plan_is_whole_and_without_its_secrets(
    shell: PasteShell, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = (
        """az -H "Authorization: Bearer hunter2" -H 'X-Api-Key: hunter2' --x "password='a b" done"""
    )
    with Simulator("web-100") as simulator:
        call = CommandLine(capsys, "--endpoint", simulator.endpoint)
        arguments = ("plan", WEB, "--instance", "0", "--gate", gate.replace("az ", "/bin/echo ", 1))
        code, out, _ = call(*arguments)
        assert code == ExitCode.DONE
        document = json.loads(call(*arguments, "--json")[1])
    (line,) = [line for line in out.splitlines() if line.startswith("gate  ")]
    command = line.removeprefix("gate  /bin/echo").partition(" before each batch")[0]
    assert shell.paste(f"az{command}") == [
        (
            "az",
            "-H",
            "Authorization: (redacted)",
            "-H",
            "X-Api-Key: (redacted)",
            "--x",
            "password=(redacted)",
            "done",
        )
    ]
    assert document["policy"]["gate"][1:] == list(shell.paste(f"az{command}")[0][1:])
    assert "hunter2" not in out
