"""Runs on disk whose journals a test writes, and what a viewer opens to look at them."""

import io
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Batch, Plan

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
DAY = 86_400.0
WEB = scale_set_id("00000000-0000-0000-0000-000000000001", "web-rg", "web-vmss")
AZURE = AzureContext(endpoint="https://management.azure.com", principal="anna@contoso.example")
PLAN = Plan(
    subscription_id=WEB.subscription_id,
    resource_group=WEB.resource_group,
    name=WEB.name,
    batches=(Batch("UD 0", ("0",)),),
    model_digest="x",
    running_at_start=1,
    made_at=datetime(2026, 1, 1, tzinfo=UTC),
)
COMPLETED = ev.Completed(upgraded=1, failed=0, gone=0, skipped=0)
HALTED = ev.Halted(reason="failure", message="instance 0 failed")


def add_run(
    store: FolderStore, *events: ev.AnyEvent, context: AzureContext = AZURE, days_ago: float = 0.0
) -> RunFolder:
    """A run with these events after its confirmed plan; its last event was so many days ago."""
    folder = store.create(PLAN, context, NOW - timedelta(days=days_ago))
    append_events(folder, ev.PlanConfirmed(plan=PLAN, by="anna@host"), *events)
    moment = time.time() - days_ago * DAY
    os.utime(folder.journal_path, (moment, moment))
    return folder


def append_events(folder: StoredRun, *events: ev.AnyEvent) -> None:
    """Appends events, as the run's worker does."""
    journal = folder.open_journal()
    for event in events:
        journal.append(event, NOW, 0.0)
    journal.close()


def make_old(path: Path) -> None:
    """Dates a file or folder back by an hour."""
    moment = time.time() - 3600
    os.utime(path, (moment, moment))


@contextmanager
def counted_opens(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sequence[str]]:
    """The names of the files that are opened meanwhile."""
    opened: list[str] = []
    true_open, true_os_open = io.open, os.open

    def count_open(file: Any, *arguments: Any, **options: Any) -> Any:
        opened.append(str(file))
        return true_open(file, *arguments, **options)

    def count_os_open(file: Any, *arguments: Any, **options: Any) -> int:
        opened.append(str(file))
        return true_os_open(file, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(io, "open", count_open)
        patched.setattr(os, "open", count_os_open)
        yield opened
