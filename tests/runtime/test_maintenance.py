"""Azure's own rolling upgrade and repairs, asked for from here: sent once, recorded, followed."""

import json
from typing import Any

import pytest

from tests.support.bench import BenchFactory
from tests.support.maintenance_actions import (
    CANCEL,
    EXTENSIONS,
    LATEST,
    OS,
    logged_operations,
    send_action,
)
from tests.support.paths import EXCHANGES
from vmss_tui.fleet.azure_maintenance import RollingCode, RollingUpgrade
from vmss_tui.gateway import Refused, Unknown
from vmss_tui.operations.maintenance import MaintenanceAction
from vmss_tui.runtime.errors import ObservationLost
from vmss_tui.runtime.storage.journal import JournalError

pytestmark = pytest.mark.usefixtures("rare_readings")


def test_the_os_upgrade_is_one_post_without_a_body_and_azure_does_the_rest(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    maintenance = bench.services.maintenance
    upgrade = maintenance.begin(maintenance.preview(bench.set_id, MaintenanceAction.START_OS))
    assert upgrade.operation_url is not None
    statuses: list[str] = []
    latest = maintenance.follow(
        bench.set_id, lambda status: statuses.append(status.counts_text), upgrade
    )
    assert latest is not None
    assert (latest.code, latest.counts_text) == (
        "Completed",
        "80 successful, 0 in progress, 0 pending, 0 failed",
    )
    assert "20 successful, 20 in progress, 40 pending, 0 failed" in statuses
    assert len(bench.requests("POST")) == len(bench.requests("POST", OS)) == 1
    assert len(bench.effects()) == len(set(bench.effects())) == 80
    snapshot = bench.gateway.observe(bench.set_id)
    assert snapshot.current == 100


def test_the_request_has_no_body_as_recorded(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = json.loads((EXCHANGES / "vmss-osRollingUpgrade-202.json").read_text("utf-8"))
    assert recorded["request"]["body"] is None
    bench = make_bench()
    sent: list[Any] = []
    client: Any = bench.gateway.sender.client
    through = client.send_request

    def watched(request: Any, **more: Any) -> Any:
        if request.method == "POST":
            sent.append((request.url.split("?")[0].rpartition("/")[2], request.content))
        return through(request, **more)

    monkeypatch.setattr(client, "send_request", watched)
    send_action(bench, MaintenanceAction.START_OS)
    send_action(bench, MaintenanceAction.CANCEL)
    assert sent == [("osRollingUpgrade", None), ("cancel", None)]


def test_extensions_are_upgraded_by_their_own_request(make_bench: BenchFactory) -> None:
    bench = make_bench()
    send_action(bench, MaintenanceAction.START_EXTENSIONS)
    assert len(bench.requests("POST")) == len(bench.requests("POST", EXTENSIONS)) == 1
    bench.simulator.clock.advance(900)
    assert len(bench.effects()) == 80


def test_cancelling_leaves_what_was_upgraded_and_begins_no_more(make_bench: BenchFactory) -> None:
    bench = make_bench()
    send_action(bench, MaintenanceAction.START_OS)
    bench.simulator.clock.advance(100)
    assert (
        send_action(bench, MaintenanceAction.CANCEL)
        == "cancellation of Azure's rolling upgrade is requested"
    )
    latest = bench.services.maintenance.read_rolling_upgrade(bench.set_id)
    assert latest is not None
    assert (latest.code, latest.last_action) == ("Cancelled", "Cancel")
    done = len(bench.effects())
    bench.simulator.clock.advance(3600)
    assert len(bench.effects()) == done < 80
    assert len(bench.requests("POST", CANCEL)) == 1


def test_following_a_cancelled_one_ends_with_it(make_bench: BenchFactory) -> None:
    bench = make_bench()
    maintenance = bench.services.maintenance
    send_action(bench, MaintenanceAction.START_OS)
    upgrade = maintenance.begin(maintenance.preview(bench.set_id, MaintenanceAction.CANCEL))
    latest = maintenance.follow(bench.set_id, lambda _: None, upgrade)
    assert latest is not None
    assert latest.code is RollingCode.CANCELLED


def test_a_second_one_is_not_taken_for_the_first(make_bench: BenchFactory) -> None:
    bench = make_bench()
    maintenance = bench.services.maintenance
    upgrade = maintenance.begin(maintenance.preview(bench.set_id, MaintenanceAction.START_OS))
    first = maintenance.follow(bench.set_id, lambda _: None, upgrade)
    bench.fault(LATEST, {"stale": 30}, times=2, nth=3)  # both looks before it are fresh
    upgrade = maintenance.begin(maintenance.preview(bench.set_id, MaintenanceAction.START_OS))
    statuses: list[RollingUpgrade] = []
    second = maintenance.follow(bench.set_id, statuses.append, upgrade)
    assert first is not None
    assert second is not None
    assert second.started_at != first.started_at
    assert first.started_at not in [status.started_at for status in statuses]


def test_a_set_where_none_ran_has_none_to_wait_for(make_bench: BenchFactory) -> None:
    bench = make_bench()
    assert bench.services.maintenance.follow(bench.set_id, lambda _: None) is None


def test_one_that_goes_wrong_is_told_in_azures_words(make_bench: BenchFactory) -> None:
    bench = make_bench("bad-image")
    bench.edit(**{"properties.virtualMachineProfile.storageProfile.imageReference.version":
                  "22.04.202601010"})  # fmt: skip
    maintenance = bench.services.maintenance
    upgrade = maintenance.begin(maintenance.preview(bench.set_id, MaintenanceAction.START_OS))
    latest = maintenance.follow(bench.set_id, lambda _: None, upgrade)
    assert latest is not None
    assert latest.code is RollingCode.FAULTED
    assert "unhealthy" in latest.error_message


def test_the_record_is_durable_before_anything_is_sent(make_bench: BenchFactory) -> None:
    bench = make_bench()
    send_action(bench, MaintenanceAction.START_OS)
    intent, answer = logged_operations(bench)
    assert (intent["verb"], answer["answer"]) == ("start-os-upgrade", "accepted")
    assert intent["request_id"] == answer["request_id"]
    (post,) = bench.requests("POST")
    assert post["client_request_id"] == intent["request_id"]


def test_where_the_record_cannot_be_kept_nothing_is_sent(make_bench: BenchFactory) -> None:
    bench = make_bench()
    (bench.services.store.state_folder / "operations.jsonl").mkdir()
    with pytest.raises(JournalError):
        send_action(bench, MaintenanceAction.START_OS)
    assert not bench.requests("POST")


@pytest.mark.parametrize(
    ("act", "path"), [(MaintenanceAction.START_OS, OS), (MaintenanceAction.CANCEL, CANCEL)]
)
def test_a_lost_answer_is_looked_for_and_never_sent_again(
    make_bench: BenchFactory, act: MaintenanceAction, path: str
) -> None:
    bench = make_bench()
    if act is MaintenanceAction.CANCEL:
        send_action(bench, MaintenanceAction.START_OS)
    bench.fault(path, {"drop_after": True}, method="POST")
    assert send_action(bench, act).startswith("no response, but it took effect: ")
    assert len(bench.requests("POST", path)) == 1
    assert [status["answer"] for status in logged_operations(bench)[-2:]] == ["unknown", "seen"]


def test_a_request_that_was_lost_with_its_answer_stays_unknown(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.fault(OS, {"drop_before": True}, method="POST")
    with pytest.raises(Unknown):
        send_action(bench, MaintenanceAction.START_OS)
    assert logged_operations(bench)[-1]["answer"] == "unknown"
    assert len(bench.requests("POST", OS)) <= 1
    assert not bench.effects()


def test_a_refusal_is_azures_own_and_recorded(make_bench: BenchFactory) -> None:
    bench = make_bench()
    body = {"error": {"code": "OperationNotAllowed", "message": "Not on a Sunday."}}
    bench.fault(OS, {"status": 409, "body": body}, method="POST")
    with pytest.raises(Refused, match="Not on a Sunday"):
        send_action(bench, MaintenanceAction.START_OS)
    assert logged_operations(bench)[-1]["answer"] == "refused"
    assert not bench.effects()


def test_what_azure_took_and_never_shows_is_given_up_in_words(make_bench: BenchFactory) -> None:
    bench = make_bench()
    maintenance = bench.services.maintenance
    bench.fault(LATEST, {"status": 404, "body": {"error": {"code": "NotFound", "message": "-"}}},
                method="GET", times=None)  # fmt: skip
    upgrade = maintenance.begin(maintenance.preview(bench.set_id, MaintenanceAction.START_OS))
    with pytest.raises(ObservationLost, match=r"Succeeded|no new rolling upgrade"):
        maintenance.follow(bench.set_id, lambda _: None, upgrade)


def test_readings_that_fail_for_long_end_the_waiting_and_short_ones_do_not(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    maintenance = bench.services.maintenance
    send_action(bench, MaintenanceAction.START_OS)
    bench.fault(LATEST, {"status": 500}, method="GET", times=6)
    latest = maintenance.follow(bench.set_id, lambda _: None)
    assert latest is not None
    assert latest.code is RollingCode.COMPLETED
    bench.fault(LATEST, {"html": True}, method="GET", times=None)
    with pytest.raises(ObservationLost, match="Azure continues by itself"):
        maintenance.follow(bench.set_id, lambda _: None)
