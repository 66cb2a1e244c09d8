"""Commands that serve as gates and hooks of a test, and what they wrote down."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.support.bench import Bench
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection

NOTE_PROGRAM = "import json, sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"


def note_command(path: Path) -> tuple[str, ...]:
    """A command that appends its stdin to a file and ends with 0."""
    return (sys.executable, "-c", NOTE_PROGRAM, str(path))


def python_command(program: str) -> tuple[str, ...]:
    """A command that runs a Python program."""
    return (sys.executable, "-c", program)


def read_notes(path: Path) -> list[dict[str, Any]]:
    """The documents that a `note_command` got."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def run_two_batches(bench: Bench, **policy: Any) -> str:
    """Runs ten outdated instances of update domain 1 in two batches; returns the run's name."""
    snapshot = bench.services.queries.observe(bench.set_id)
    outdated = [i for i in snapshot.instances if i.latest_model_applied is False]
    ids = [i.instance_id for i in outdated if i.update_domain == 1][:10]
    limits = Policy(max_batch_instance_percent=Amount(count=5), **policy)
    plan = bench.services.planner.plan(snapshot, Selection(instance_ids=tuple(ids)), limits)
    name = bench.services.run_control.start(plan)
    bench.run_worker(name)
    return name


def events_of(bench: Bench, name: str, kind: type[ev.AnyEvent]) -> list[Any]:
    """The events of one kind in the journal of a run."""
    return [
        r.body
        for r in bench.services.run_control.follow(name).read_new()
        if isinstance(r.body, kind)
    ]
