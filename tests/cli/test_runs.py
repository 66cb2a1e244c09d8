"""The table and the JSON of `runs`, over runs on disk whose workers are no longer there."""

import json
from pathlib import Path

from tests.support.command_line import CommandLine
from tests.support.run_folders import COMPLETED, add_run
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade import events as ev


def test_failed_instances_are_not_counted_as_done_and_a_dead_worker_is_named(
    cli: CommandLine, home: Path
) -> None:
    store = FolderStore(home / "state" / "vmss-tui")
    sent = ev.BatchIntent(number=1, row="UD 0", instance_ids=("0",), client_request_id="c")
    failure = ev.InstancesFailed(instance_ids=("0",), message="OSProvisioningTimedOut")
    failed = add_run(store, sent, failure, ev.Halted(reason="failure", message="failed"))
    completed = add_run(store, sent, ev.InstancesUpgraded(instance_ids=("0",)), COMPLETED)
    orphaned = add_run(store, sent)

    lines = {line.split()[0]: line.split() for line in cli("runs")[1].splitlines()}
    assert lines["RUN"][4:7] == ["DONE", "FAILED", "STARTED"]
    assert lines[failed.name][2:5] == ["Halted", "0/1", "1"]
    assert lines[completed.name][2:4] == ["Completed", "1/1"]
    assert lines[orphaned.name][2:6] == ["Worker", "not", "running", "0/1"]
    assert lines[orphaned.name][-2:] == ["not", "running"]
    rows = {row["run"]: row for row in json.loads(cli("runs", "--json")[1])}
    row = rows[failed.name]
    assert (row["settled"], row["upgraded"], row["failed"], row["live"]) == (1, 0, 1, False)
