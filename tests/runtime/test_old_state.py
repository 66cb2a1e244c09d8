"""State and settings of an earlier version are read, and are still written in that format."""

import fcntl
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.paths import TESTS
from vmss_tui.cli.program import main
from vmss_tui.config import load
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.operations.model_edits import find_undo
from vmss_tui.runtime.storage.journal import encode_record, read_journal
from vmss_tui.runtime.storage.latest_view import LatestView, encode_view, read_latest
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.runtime.storage.pins import Pins
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy
from vmss_tui.upgrade.run.run import Phase, Stage

OLD = TESTS / "data" / "old_state"
"""Its README says which version wrote it, and how."""
EDITED, REVERTED = "web-vmss-b84a", "web-vmss-8164"
NEW_SENTENCES = {
    "gate passed after 0 s": "gate command passed after 0 s",
    "operator@workstation: pause, heard": "request of operator@workstation handled: pause",
    "operator@workstation: resume, heard": "request of operator@workstation handled: resume",
    "checkpoint 50% reached": "approval checkpoint 50% reached",
    "completed: 20 upgraded, 0 failed, 0 gone, 0 skipped": (
        "completed: 20 upgraded, 0 failed, 0 deleted, 0 not upgraded"
    ),
}
"""Sentences of the report in `OLD` that a person reads, as they are worded now."""
WEB = scale_set_id("fcbc9a01-02b3-4b44-a50f-d030d3890603", "web-rg", "web-vmss")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A copy of the state folder, private as the program requires it."""
    path = tmp_path / "vmss-tui"
    shutil.copytree(OLD / "state", path)
    for entry in (path, *path.rglob("*")):
        entry.chmod(0o700 if entry.is_dir() else 0o600)
    return path


@pytest.fixture
def store(state: Path) -> FolderStore:
    return FolderStore(state)


def shown_scale_set(folder: RunFolder) -> ScaleSet:
    view = read_latest(folder.latest_path)
    assert view is not None
    assert view.snapshot is not None
    return view.snapshot.scale_set


def test_the_runs_are_listed(store: FolderStore) -> None:
    rows = [folder.summary() for folder in store.all()]
    assert [(row.name, row.phase, row.settled, row.total) for row in rows] == [
        (REVERTED, Phase.ROLLED_BACK, 1, 1),
        (EDITED, Phase.COMPLETED, 20, 20),
    ]
    for row in rows:
        assert row.scale_set == WEB
        assert row.demo
        assert not row.damage
        assert not row.is_live


def test_a_whole_run_folds_to_its_counts(store: FolderStore) -> None:
    run, damage = store.find(EDITED).read_run()
    assert damage == ""
    assert run.phase is Phase.COMPLETED
    counts = {stage: run.count(stage) for stage in Stage if run.count(stage)}
    assert counts == {Stage.UPGRADED: 20}
    assert run.workers == 1
    assert run.intents_handled == 3
    assert run.plan is not None
    assert run.plan == store.find(EDITED).manifest.plan
    assert run.plan.edit is not None
    assert run.plan.edit.lines == (
        "properties.virtualMachineProfile.storageProfile.imageReference.version: "
        "22.04.202511010 → 22.04.202512010",
    )
    assert [len(batch.instance_ids) for batch in run.plan.batches] == [2, 6, 6, 6]


def test_a_reverted_run_folds_to_its_counts(store: FolderStore) -> None:
    run, damage = store.find(REVERTED).read_run()
    assert damage == ""
    assert run.phase is Phase.ROLLED_BACK
    counts = {stage: run.count(stage) for stage in Stage if run.count(stage)}
    assert counts == {Stage.UPGRADED: 1, Stage.SKIPPED: 19}
    assert run.workers == 3


def test_its_manifest_says_who_confirmed_it_and_where(store: FolderStore) -> None:
    manifest = store.find(EDITED).manifest
    assert manifest.by == "operator@workstation"
    assert manifest.assumed_yes
    assert manifest.context.demo
    assert manifest.context.tenant_id == "contoso.example.com"
    assert manifest.plan.policy.gate == ("/usr/bin/true",)
    assert manifest.plan.policy.checkpoints == (50,)


def test_its_intents_are_read(store: FolderStore) -> None:
    kinds = {name: [i.kind for i in store.find(name).read_intents()] for name in (EDITED, REVERTED)}
    assert kinds == {
        EDITED: [IntentKind.PAUSE, IntentKind.RESUME, IntentKind.RESUME],
        REVERTED: [IntentKind.RETRY, IntentKind.REVERT],
    }
    assert store.find(REVERTED).read_intents()[0].instance_ids == ("0",)


def test_its_report_is_the_same(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(state.parent))
    assert main(["report", EDITED, "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    new_values = [report.pop("rolled_back"), *(act.pop("reverts") for act in report["acts"])]
    assert not any(new_values), "it was not reverted"
    assert report.pop("open_note") == ""
    assert report.pop("explanations") == []
    new_limits = [report["policy"].pop(name) for name in ("bake", "verdict", "quarantine")]
    assert not any(new_limits), "no check beside the limits"
    labels = [act.pop("label") for act in report["acts"] if act["kind"] == "batch"]
    assert labels == [f"batch {number}" for number in range(1, len(labels) + 1)]
    assert [act.pop("label", "") for act in report["acts"]] == [""] * len(report["acts"])
    old = json.loads((OLD / "report.json").read_bytes())
    assert [turn["words"] for turn in report["turns"]] == [
        NEW_SENTENCES.get(turn["words"], turn["words"]) for turn in old["turns"]
    ]
    for turn in (*report["turns"], *old["turns"]):
        del turn["words"]
    assert report == old


def test_the_newest_reading_of_an_old_worker_is_shown(store: FolderStore) -> None:
    view = read_latest(store.find(EDITED).latest_path)
    assert view is not None
    assert view.condition is Condition.FRESH
    assert view.budget is not None
    assert view.snapshot is not None
    assert [i.instance_id for i in view.snapshot.instances] == ["0", "1", "2"]
    assert view.snapshot.scale_set.id == WEB


def test_a_lock_that_an_old_worker_has_tells_its_owner(state: Path, store: FolderStore) -> None:
    (path,) = (state / "locks").iterdir()
    folder = store.find(EDITED)
    assert folder.lock.path == path
    assert folder.lock_owner() is None
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        owner = folder.lock_owner()
        assert owner is not None
        assert owner.label == "web-vmss-b84a (operator@workstation, pid 29307)"
        assert folder.is_live
        assert store.live_run(WEB) is not None


def test_the_writes_outside_a_run_are_read(state: Path) -> None:
    records = OperationsLog.in_state_folder(state).read()
    assert [(record.verb, record.answer) for record in records] == [
        ("restart", ""),
        ("", "accepted"),
        ("", "settled"),
        ("protect", ""),
        ("", "accepted"),
        ("protect", "settled"),
        ("patch", ""),
        ("", "accepted"),
        ("suspend-repairs", ""),
        ("", "accepted"),
        ("patch", ""),
        ("", "accepted"),
    ]
    assert records[2].message == "2 of 2 restarted"
    assert records[0].instance_ids == ("3", "11")
    assert records[1].operation_url.startswith("http://127.0.0.1:")


def test_undo_finds_the_last_model_edit(state: Path, store: FolderStore) -> None:
    records = OperationsLog.in_state_folder(state).read()
    scale_set = shown_scale_set(store.find(EDITED))
    raw = msgspec.json.decode(msgspec.json.encode(scale_set.raw))
    raw["sku"]["name"] = "Standard_D8s_v5"
    edited = replace(scale_set, raw=raw, vm_size="Standard_D8s_v5")
    undo = find_undo(records, edited)
    assert undo is not None
    assert undo.request_id == records[-1].request_id
    assert undo.by == "operator@workstation"
    assert [(line.path, line.old, line.new) for line in undo.change.lines] == [
        ("sku.name", "Standard_D8s_v5", "Standard_D4s_v5")
    ]


def test_the_pins_are_read(state: Path, store: FolderStore) -> None:
    assert Pins(state / "pins.json").all(store.find(EDITED).manifest.context) == (WEB,)


def test_the_settings_are_read() -> None:
    settings = load(OLD / "config.yaml")
    assert settings.upgrade == Policy(
        max_batch_instance_percent=Amount(percent=10),
        max_unhealthy_instance_percent=Amount(percent=25),
        max_unhealthy_upgraded_instance_percent=Amount(count=3),
        max_new_failures=2,
        pause_time_between_batches=30.0,
        prioritize_unhealthy_instances=True,
        order=Order.ZONE,
        min_healthy_time=60.0,
        healthy_deadline=900.0,
        batch_deadline=3600.0,
        canary=1,
        checkpoints=(25, 50),
        skip_not_running=False,
        gate=("/usr/bin/true", "--drain"),
        gate_timeout=120.0,
    )
    assert settings.hooks.notify == ("/usr/bin/true",)
    assert settings.keys == {"upgrade": "f5", "edit-model": "f6,E"}
    assert settings.protected == ("prod-*/*",)
    assert settings.poll.interval == 12
    assert settings.azure.cloud == "custom"
    assert settings.azure.credential == "managed"
    assert settings.azure.process_timeout == 30
    assert (settings.display.theme, settings.display.glyphs) == ("vmss-light", "ascii")
    assert settings.display.cell == "image-version"


# The format of what is written


def known_part(new: Any, earlier: Any) -> Any:
    """`new` without the fields that `earlier` does not have: fields may be added only.

    The checksum of a line is over all its bytes, so that it is another one then."""
    if isinstance(new, dict) and isinstance(earlier, dict):
        parts = {key: known_part(new[key], earlier[key]) for key in new if key in earlier}
        return parts | {key: earlier[key] for key in parts if key == "crc"}
    if isinstance(new, list) and isinstance(earlier, list) and len(new) == len(earlier):
        return [known_part(*items) for items in zip(new, earlier, strict=True)]
    return new


def assert_written_alike(new: bytes, earlier: bytes) -> None:
    lines = [json.loads(line) for line in earlier.splitlines()]
    written = [json.loads(line) for line in new.splitlines()]
    assert [known_part(*pair) for pair in zip(written, lines, strict=True)] == lines


@pytest.mark.parametrize("name", [EDITED, REVERTED])
def test_a_journal_is_written_with_the_same_fields(store: FolderStore, name: str) -> None:
    path = store.find(name).journal_path
    written = b"".join(map(encode_record, read_journal(path, expect_seq=1).records))
    assert_written_alike(written, path.read_bytes())


@pytest.mark.parametrize("name", [EDITED, REVERTED])
def test_a_manifest_and_intents_are_written_with_the_same_fields(
    store: FolderStore, name: str
) -> None:
    folder = store.find(name)
    assert_written_alike(
        msgspec.json.encode(folder.manifest), (folder.path / "run.json").read_bytes()
    )
    intents = folder.path / "intents.jsonl"
    lines = intents.read_bytes()
    read = folder.read_intents()
    intents.unlink()
    for intent in read:
        folder.append_intent(intent)
    assert intents.read_bytes() == lines


def test_the_newest_reading_is_written_with_the_same_fields(store: FolderStore) -> None:
    path = store.find(EDITED).latest_path
    view = msgspec.json.decode(path.read_bytes(), type=LatestView)
    assert_written_alike(encode_view(view), path.read_bytes())


def test_records_of_writes_are_written_in_the_same_bytes(state: Path, tmp_path: Path) -> None:
    again = OperationsLog(tmp_path / "again.jsonl")
    for record in OperationsLog.in_state_folder(state).read():
        again.write(record)
    assert (tmp_path / "again.jsonl").read_bytes() == (state / "operations.jsonl").read_bytes()
