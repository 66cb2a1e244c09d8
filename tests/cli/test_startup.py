"""What a command imports: the slow packages only where they are used."""

import subprocess
import sys

from tests.support.command_line import WEB
from vmss_tui.simulator.server import Simulator

_PROGRAM = """
import sys
from vmss_tui.cli import program
code = program.main(sys.argv[1:])
slow = (
    "azure.mgmt.compute", "azure.identity", "textual", "rich",
    "vmss_tui.campaign", "vmss_tui.runtime.verdicts", "vmss_tui.runtime.preflight",
)
sys.stderr.write(",".join(name for name in slow if name in sys.modules))
sys.exit(code)
"""


def test_a_status_as_json_imports_no_compute_sdk_no_drawing_library_and_no_campaigns(
    tmp_path: object,
) -> None:
    with Simulator("web-100") as azure:
        arguments = ["status", WEB, "--json", "--endpoint", azure.endpoint]
        completed = subprocess.run(
            [sys.executable, "-c", _PROGRAM, *arguments],
            env={"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (completed.returncode, completed.stderr) == (0, "")
    assert completed.stdout.startswith("{")
