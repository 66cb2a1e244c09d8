"""A simulator in a process of its own, so that its CPU time is not counted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vmss_tui.fleet.scale_set_id import ScaleSetId, scale_set_id

_SERVER_PROGRAM = """
import json, sys
from vmss_tui.simulator.server import Simulator
simulator = Simulator(
    sys.argv[1], seed=1, speed=0, throttling=False, page_size=int(sys.argv[2]), idle_exit=300
)
sys.stdout.write(json.dumps(simulator.banner()) + "\\n")
sys.stdout.flush()
simulator.serve_forever()
"""


@dataclass(frozen=True, slots=True)
class ServedWorld:
    """The endpoint of a simulator, and its first scale set."""

    endpoint: str
    scale_set: ScaleSetId


@contextmanager
def serve_scenario(scenario: str, page_size: int) -> Iterator[ServedWorld]:
    """Serves a scenario whose time does not move and that never throttles."""
    command = [sys.executable, "-c", _SERVER_PROGRAM, scenario, str(page_size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            banner = json.loads(process.stdout.readline())
            group, _, name = banner["scale_sets"][0].partition("/")
            scale_set = scale_set_id(banner["subscription_id"], group, name)
            yield ServedWorld(banner["endpoint"], scale_set)
        finally:
            process.terminate()
