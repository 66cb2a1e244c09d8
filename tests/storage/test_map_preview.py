"""The preview of the heat map for viewers on other machines: small, aged, and never fresh."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest
from msgspec import structs

from tests.support.bench import BenchFactory
from tests.support.fleets import thousand, view, web
from tests.support.run_folders import PLAN, append_events
from tests.support.shared_container import SharedContainer
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.storage.blob import layout, store, upload
from vmss_tui.runtime.storage.blob.blob_run import BlobRun
from vmss_tui.runtime.storage.blob.map_preview import decode_preview, encode_preview, in_local_time
from vmss_tui.runtime.storage.latest_view import LatestView, encode_view
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.reading_age import describe_condition
from vmss_tui.upgrade import events as ev

WAIT = 20.0


def test_a_preview_has_what_the_map_draws_is_small_and_is_not_fresh() -> None:
    whole = view(thousand())
    data = encode_preview(whole)
    assert data is not None
    assert data.isascii()
    assert len(data) < len(encode_view(whole)) / 4
    preview = decode_preview(data)
    assert whole.snapshot is not None
    assert preview.snapshot is not None
    assert preview.snapshot.counts == whole.snapshot.counts
    drawn = ("instance_id", "state", "zone", "update_domain", "fault_domain", "image", "vm_size")
    for old, new in zip(whole.snapshot.instances, preview.snapshot.instances, strict=True):
        assert [getattr(old, name) for name in drawn] == [getattr(new, name) for name in drawn]
    assert preview.snapshot.taken_at == whole.snapshot.taken_at
    assert (preview.condition, preview.snapshot.complete) == (Condition.PREVIEW, False)
    assert encode_preview(LatestView(None)) is None
    now = preview.snapshot.taken_at + timedelta(seconds=1)
    text = describe_condition(preview, Appearance(), now, is_outdated=False)
    assert text.startswith("data from ")
    assert "preview: states from the run's worker" in text


@pytest.mark.parametrize("minutes", [5, -5], ids=["ahead", "behind"])
def test_a_reading_has_its_true_age_where_the_clock_of_its_worker_differs(minutes: int) -> None:
    stored_at, age = datetime(2026, 11, 22, 2, tzinfo=UTC), timedelta(seconds=40)
    sent_at = stored_at + timedelta(minutes=minutes)
    snapshot = replace(web(4), taken_at=sent_at - age)
    sent = LatestView(snapshot, retry_at=sent_at, sent_at=sent_at)
    local = in_local_time(sent, stored_at)
    assert local.snapshot is not None
    assert (local.snapshot.taken_at, local.retry_at) == (stored_at - age, stored_at)
    assert in_local_time(local, stored_at + timedelta(seconds=1)) is local
    assert in_local_time(structs.replace(sent, sent_at=None), stored_at).snapshot is snapshot


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()


def test_a_viewer_elsewhere_has_the_preview_until_the_whole_reading_arrives(
    shared: SharedContainer, make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "INTENT_INTERVAL", 0.05)
    monkeypatch.setattr(upload, "UPLOAD_INTERVAL", 0.05)
    monkeypatch.setattr(store, "_LISTING_LIFETIME", 0.05)
    ana = shared.store("ana")
    run = shared.create_run(ana)
    append_events(run, ev.PlanConfirmed(plan=PLAN, by="anna@host"))
    snapshot = replace(web(20), taken_at=datetime.now(UTC))
    preview = encode_preview(view(snapshot))
    assert preview is not None
    ana.container.write(layout.preview_blob(run.folder), preview)
    bench, views = make_bench(), Queue[LatestView]()
    ben = shared.store("ben")
    watcher = Watcher(bench.gateway, ben, bench.clock, PLAN.scale_set, views.put)
    with watching(watcher):
        first = views.get(timeout=WAIT)
        assert (first.condition, first.source) == (Condition.PREVIEW, "run")
        run.write_latest(view(snapshot))
        second = views.get(timeout=WAIT)
        assert second.condition is Condition.FRESH
        assert second.snapshot == snapshot
    assert bench.requests("GET") == []


def test_a_whole_reading_that_could_not_be_read_is_read_again(
    shared: SharedContainer, make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = shared.store("ana")
    run = shared.create_run(ana)
    append_events(run, ev.PlanConfirmed(plan=PLAN, by="anna@host"))
    snapshot = replace(web(20), taken_at=datetime.now(UTC))
    ana.container.write(layout.latest_blob(run.folder), encode_view(view(snapshot)))
    read_latest, failures = BlobRun.read_latest, [None]
    monkeypatch.setattr(
        BlobRun, "read_latest", lambda self: failures.pop() if failures else read_latest(self)
    )
    bench, views = make_bench(), Queue[LatestView]()
    watcher = Watcher(bench.gateway, shared.store("ben"), bench.clock, PLAN.scale_set, views.put)
    with watching(watcher):
        sources = [views.get(timeout=WAIT).source for _ in range(2)]
    assert sources == ["azure", "run"]
