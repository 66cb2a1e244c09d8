"""What a reading command costs as a whole process, compared with one that only starts.

Counted is the CPU time of the child processes: `--version`, `status --json` of 1,000 instances, and
the same reading by azurerm and `json`, a small client without models.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.rows import Row
from tests.benchmarks.world import ServedWorld, serve_scenario

ROUNDS = 5
PROGRAM = (sys.executable, "-m", "vmss_tui")
AZURERM = """
import json, sys, types
# It imports pkg_resources for its version number only, which takes longer than all the rest.
distribution = types.SimpleNamespace(version="0")
sys.modules["pkg_resources"] = types.SimpleNamespace(require=lambda _name: [distribution])
import azurerm
from azurerm.restfns import do_get
endpoint, subscription, group, name = sys.argv[1:]
base = f"{endpoint}/subscriptions/{subscription}/resourceGroups/{group}/providers"
url = f"{base}/Microsoft.Compute/virtualMachineScaleSets/{name}"
do_get(f"{url}?api-version=2024-07-01", "simulator")
page = f"{url}/virtualMachines?api-version=2024-07-01&$expand=instanceView"
instances = []
while page:
    answer = do_get(page, "simulator")
    instances += answer["value"]
    page = answer.get("nextLink")
assert len(instances) == 1000
sys.stdout.write(json.dumps([instance["instanceId"] for instance in instances]))
"""


def rows() -> Iterator[Row]:
    """`status --json` without what any start of the program costs, by azurerm's whole reading."""
    with tempfile.TemporaryDirectory() as home, serve_scenario("thousand", page_size=100) as world:
        environment = os.environ | {"HOME": home, "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home}
        seconds = measure(
            {
                "version": [*PROGRAM, "--version"],
                "status": [*PROGRAM, *status_arguments(world)],
                "azurerm": [sys.executable, "-c", AZURERM, *azurerm_arguments(world)],
                "bare": [sys.executable, "-c", "pass"],
            },
            environment,
        )
    own = seconds["status"] - seconds["version"]
    azurerm = seconds["azurerm"] - seconds["bare"]
    note = f"{own * 1e3:.0f} ms of CPU beside {azurerm * 1e3:.0f}"
    yield Row("status --json of 1,000, whole process: of azurerm", own / azurerm, 1.2, note=note)


def status_arguments(world: ServedWorld) -> list[str]:
    scale_set = world.scale_set.resource_id
    return ["status", scale_set, "--json", "--endpoint", world.endpoint]


def azurerm_arguments(world: ServedWorld) -> list[str]:
    scale_set = world.scale_set
    names = (scale_set.subscription_id, scale_set.resource_group, scale_set.name)
    return [world.endpoint, *names]


def measure(commands: dict[str, Sequence[str]], environment: dict[str, str]) -> dict[str, float]:
    """The least CPU seconds of each command in several turns; the first turn fills the caches."""
    least: dict[str, float] = {}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            seconds = child_cpu_seconds(command, environment)
            if turn:
                least[name] = min(seconds, least.get(name, seconds))
    return least


def child_cpu_seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """User and system time of one child."""
    before = os.times()
    root = Path(__file__).parents[2]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=root)
    after = os.times()
    children = (after.children_user, after.children_system)
    return sum(children) - before.children_user - before.children_system
