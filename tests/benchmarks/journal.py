"""The journal: appending a record, compared with a bare write; reading 10,000 records back."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.rows import Row, wall
from tests.support.fleets import thousand
from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.journal import Journal
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.fold import fold

RECORDS = 200
EVENTS = 10_000
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rows() -> Iterator[Row]:
    """All measurements of the journal, on the disk where temporary files are."""
    plan = make_plan(thousand(), Selection(everything=True), Policy())
    with tempfile.TemporaryDirectory() as folder:
        own_journal, bare = Journal(Path(folder) / "journal.jsonl"), Path(folder) / "bare"
        event = ev.BatchIntent(
            number=1, row="UD 0", instance_ids=plan.instance_ids[:20], client_request_id="x" * 36
        )
        size = len(journal.encode_record(own_journal.append(event, NOW, 0.0)))
        took = wall(
            7,
            ours=append_records(own_journal, event),
            floor=write_lines(bare, b"x" * (size - 1) + b"\n"),
        )
        ours, floor = (took[name] / RECORDS * 1e3 for name in ("ours", "floor"))
        yield Row("journal: append and fsync", ours, 1.0, "ms")
        yield Row(
            "journal: append and fsync, of a bare write and fsync",
            ours / floor,
            1.5,
            note=f"{ours:.3f} ms beside {floor:.3f}",
        )
        long = Path(folder) / "long.jsonl"
        fill_journal(long, plan)
        took = wall(
            5,
            read=lambda: journal.read_journal(long, expect_seq=1),
            fold=lambda: fold(journal.read_journal(long, expect_seq=1).records),
            floor=lambda: [json.loads(line) for line in long.read_bytes().splitlines()],
        )
    yield Row("journal: 10,000 records read back", took["read"] * 1e3, 200, "ms")
    yield Row("journal: 10,000 records read back and folded", took["fold"] * 1e3, 200, "ms")
    yield Row(
        "journal: 10,000 records read back, of json.loads",
        took["read"] / took["floor"],
        1.5,
        note=f"{took['read'] * 1e3:.0f} ms beside {took['floor'] * 1e3:.0f}",
    )


def append_records(journal_file: Journal, event: ev.AnyEvent) -> Callable[[], None]:
    def append() -> None:
        for _ in range(RECORDS):
            journal_file.append(event, NOW, 0.0)

    return append


def write_lines(path: Path, line: bytes) -> Callable[[], None]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write() -> None:
        for _ in range(RECORDS):
            os.write(handle, line)
            os.fsync(handle)

    return write


def fill_journal(path: Path, plan: Plan) -> None:
    """Writes the journal of a long run over 1,000 instances in batches of twenty."""
    ids = plan.instance_ids
    bodies: list[ev.AnyEvent] = [
        ev.PlanConfirmed(plan=plan, by="benchmark"),
        ev.WorkerStarted(pid=1, host="here"),
        ev.ModelPinned(digest=plan.model_digest),
    ]
    number = 0
    while len(bodies) < EVENTS:
        number += 1
        at = number * 20 % len(ids)
        batch = ids[at : at + 20]
        bodies += [
            ev.BatchIntent(number=number, row="UD 0", instance_ids=batch, client_request_id="x"),
            ev.BatchAccepted(number=number, operation="https://management.azure.com/operations/1"),
            *(ev.InstancesProvisioned(instance_ids=(instance_id,)) for instance_id in batch[:5]),
            ev.InstancesReady(instance_ids=batch),
            ev.InstancesUpgraded(instance_ids=batch),
            ev.BatchSettled(number=number, upgraded=len(batch), failed=0, gone=0),
        ]
    lines = (
        journal.encode_record(ev.Record(seq=seq, at=NOW.isoformat(), t=float(seq), body=body))
        for seq, body in enumerate(bodies[:EVENTS], 1)
    )
    path.write_bytes(b"".join(lines))
