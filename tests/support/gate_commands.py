"""Commands that serve as gates and hooks of a test, and what they wrote down."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.support.bench import Bench
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection

NOTES = "import json, sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"


def noting(path: Path) -> tuple[str, ...]:
    """A command that notes what it is told, and says yes."""
    return (sys.executable, "-c", NOTES, str(path))


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def notes(path: Path) -> list[dict[str, Any]]:
    """What it was told, each time."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def carried_out(bench: Bench, **policy: Any) -> str:
    """The name of a run over ten stale instances of domain 1, in two batches."""
    snapshot = bench.cockpit.readings.observe(bench.set_id)
    stale = [i for i in snapshot.instances if i.latest_model_applied is False]
    ids = [i.instance_id for i in stale if i.update_domain == 1][:10]
    limits = Policy(max_batch_instance_percent=Amount(count=5), **policy)
    plan = bench.cockpit.planning.plan(snapshot, Selection(instance_ids=tuple(ids)), limits)
    name = bench.cockpit.runs.start(plan)
    bench.carry_out(name)
    return name


def told(bench: Bench, name: str, kind: type[ev.AnyEvent]) -> list[Any]:
    return [r.body for r in bench.cockpit.runs.follow(name).poll() if isinstance(r.body, kind)]
