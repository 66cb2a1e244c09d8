"""Azure's own rolling upgrade and repairs, asked for from here: sent once, recorded, followed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Bench
from tests.support.paths import EXCHANGES
from vmss_tui.fleet.azure_maintenance import RepairsState, RollingCode, RollingUpgrade
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Damaged, Refused, Unknown
from vmss_tui.operations.maintenance import Act, Standing, az_line, prospect, refusal
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.maintenance import EVERY, SELDOM, LostSight
from vmss_tui.runtime.storage.journal import JournalFailed
from vmss_tui.upgrade.plan.selection import NoPlan, Selection

Simulated = Callable[..., Bench]
OS, EXTENSIONS, CANCEL = "/osRollingUpgrade", "/extensionRollingUpgrade", "/rollingUpgrades/cancel"
REPAIRS = "/setOrchestrationServiceState"
LATEST = "/rollingUpgrades/latest$"
WHERE = ScaleSetId("00000000-0000-0000-0000-000000000000", "rg", "set")
REPAIRED = {"enabled": True, "gracePeriod": "PT30M", "repairAction": "Restart"}


def log(bench: Bench) -> list[dict[str, Any]]:
    """What the record of writes holds."""
    path = bench.cockpit.store.state / "operations.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ask(bench: Bench, act: Act) -> str:
    """Asks as a command does after a yes; returns what is said."""
    tending = bench.cockpit.tending
    return tending.begin(tending.prospect(bench.set_id, act)).words


# Starting and cancelling


def test_the_os_upgrade_is_one_post_without_a_body_and_azure_does_the_rest(
    simulated: Simulated,
) -> None:
    bench = simulated()
    tending = bench.cockpit.tending
    begun = tending.begin(tending.prospect(bench.set_id, Act.START_OS))
    assert begun.operation is not None
    told: list[str] = []
    latest = tending.follow(bench.set_id, lambda each: told.append(each.counts), begun)
    assert latest is not None
    assert (latest.code, latest.counts) == ("Completed", "80 done, 0 at work, 0 to come, 0 failed")
    assert "20 done, 20 at work, 40 to come, 0 failed" in told
    assert len(bench.requests("POST")) == len(bench.requests("POST", OS)) == 1
    assert len(bench.effects()) == len(set(bench.effects())) == 80
    snapshot = bench.gateway.observe(bench.set_id)
    assert snapshot.current == 100


def test_the_request_has_no_body_as_recorded(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = json.loads((EXCHANGES / "vmss-osRollingUpgrade-202.json").read_text("utf-8"))
    assert recorded["request"]["body"] is None
    bench = simulated()
    sent: list[Any] = []
    client: Any = bench.gateway.sender.client
    through = client.send_request

    def watched(request: Any, **more: Any) -> Any:
        if request.method == "POST":
            sent.append((request.url.split("?")[0].rpartition("/")[2], request.content))
        return through(request, **more)

    monkeypatch.setattr(client, "send_request", watched)
    ask(bench, Act.START_OS)
    ask(bench, Act.CANCEL)
    assert sent == [("osRollingUpgrade", None), ("cancel", None)]


def test_extensions_are_upgraded_by_their_own_request(simulated: Simulated) -> None:
    bench = simulated()
    ask(bench, Act.START_EXTENSIONS)
    assert len(bench.requests("POST")) == len(bench.requests("POST", EXTENSIONS)) == 1
    bench.simulator.clock.advance(900)
    assert len(bench.effects()) == 80


def test_cancelling_leaves_what_was_upgraded_and_begins_no_more(simulated: Simulated) -> None:
    bench = simulated()
    ask(bench, Act.START_OS)
    bench.simulator.clock.advance(100)
    assert ask(bench, Act.CANCEL) == "Azure's rolling upgrade is told to end"
    latest = bench.cockpit.tending.latest(bench.set_id)
    assert latest is not None
    assert (latest.code, latest.last_action) == ("Cancelled", "Cancel")
    done = len(bench.effects())
    bench.simulator.clock.advance(3600)
    assert len(bench.effects()) == done < 80
    assert len(bench.requests("POST", CANCEL)) == 1


def test_following_a_cancelled_one_ends_with_it(simulated: Simulated) -> None:
    bench = simulated()
    tending = bench.cockpit.tending
    ask(bench, Act.START_OS)
    begun = tending.begin(tending.prospect(bench.set_id, Act.CANCEL))
    latest = tending.follow(bench.set_id, lambda _: None, begun)
    assert latest is not None
    assert latest.code is RollingCode.CANCELLED


def test_a_second_one_is_not_taken_for_the_first(simulated: Simulated) -> None:
    bench = simulated()
    tending = bench.cockpit.tending
    begun = tending.begin(tending.prospect(bench.set_id, Act.START_OS))
    first = tending.follow(bench.set_id, lambda _: None, begun)
    bench.fault(LATEST, {"stale": 30}, times=2, nth=3)  # both looks before it are fresh
    begun = tending.begin(tending.prospect(bench.set_id, Act.START_OS))
    told: list[RollingUpgrade] = []
    second = tending.follow(bench.set_id, told.append, begun)
    assert first is not None
    assert second is not None
    assert second.started_at != first.started_at
    assert first.started_at not in [each.started_at for each in told]


def test_a_set_where_none_ran_has_none_to_wait_for(simulated: Simulated) -> None:
    bench = simulated()
    assert bench.cockpit.tending.follow(bench.set_id, lambda _: None) is None


def test_one_that_goes_wrong_is_told_in_azures_words(simulated: Simulated) -> None:
    bench = simulated("bad-image")
    bench.edit(**{"properties.virtualMachineProfile.storageProfile.imageReference.version":
                  "22.04.202601010"})  # fmt: skip
    tending = bench.cockpit.tending
    begun = tending.begin(tending.prospect(bench.set_id, Act.START_OS))
    latest = tending.follow(bench.set_id, lambda _: None, begun)
    assert latest is not None
    assert latest.code is RollingCode.FAULTED
    assert "unhealthy" in latest.error_words


# The record, and lost answers


def test_the_record_is_durable_before_anything_is_sent(simulated: Simulated) -> None:
    bench = simulated()
    ask(bench, Act.START_OS)
    intent, answer = log(bench)
    assert (intent["verb"], answer["answer"]) == ("start-os-upgrade", "accepted")
    assert intent["request_id"] == answer["request_id"]
    (post,) = bench.requests("POST")
    assert post["client_request_id"] == intent["request_id"]


def test_where_the_record_cannot_be_kept_nothing_is_sent(simulated: Simulated) -> None:
    bench = simulated()
    (bench.cockpit.store.state / "operations.jsonl").mkdir()
    with pytest.raises(JournalFailed):
        ask(bench, Act.START_OS)
    assert not bench.requests("POST")


@pytest.mark.parametrize(("act", "path"), [(Act.START_OS, OS), (Act.CANCEL, CANCEL)])
def test_a_lost_answer_is_looked_for_and_never_sent_again(
    simulated: Simulated, act: Act, path: str
) -> None:
    bench = simulated()
    if act is Act.CANCEL:
        ask(bench, Act.START_OS)
    bench.fault(path, {"drop_after": True}, method="POST")
    assert ask(bench, act).startswith("the answer was lost, but it shows: ")
    assert len(bench.requests("POST", path)) == 1
    assert [each["answer"] for each in log(bench)[-2:]] == ["unknown", "seen"]


def test_a_request_that_was_lost_with_its_answer_stays_unknown(simulated: Simulated) -> None:
    bench = simulated()
    bench.fault(OS, {"drop_before": True}, method="POST")
    with pytest.raises(Unknown):
        ask(bench, Act.START_OS)
    assert log(bench)[-1]["answer"] == "unknown"
    assert len(bench.requests("POST", OS)) <= 1
    assert not bench.effects()


def test_a_refusal_is_azures_own_and_recorded(simulated: Simulated) -> None:
    bench = simulated()
    body = {"error": {"code": "OperationNotAllowed", "message": "Not on a Sunday."}}
    bench.fault(OS, {"status": 409, "body": body}, method="POST")
    with pytest.raises(Refused, match="Not on a Sunday"):
        ask(bench, Act.START_OS)
    assert log(bench)[-1]["answer"] == "refused"
    assert not bench.effects()


def test_what_azure_took_and_never_shows_is_given_up_in_words(simulated: Simulated) -> None:
    bench = simulated()
    tending = bench.cockpit.tending
    bench.fault(LATEST, {"status": 404, "body": {"error": {"code": "NotFound", "message": "-"}}},
                method="GET", times=None)  # fmt: skip
    begun = tending.begin(tending.prospect(bench.set_id, Act.START_OS))
    with pytest.raises(LostSight, match=r"Succeeded|no new rolling upgrade"):
        tending.follow(bench.set_id, lambda _: None, begun)


def test_readings_that_fail_for_long_end_the_waiting_and_short_ones_do_not(
    simulated: Simulated,
) -> None:
    bench = simulated()
    tending = bench.cockpit.tending
    ask(bench, Act.START_OS)
    bench.fault(LATEST, {"status": 500}, method="GET", times=6)
    latest = tending.follow(bench.set_id, lambda _: None)
    assert latest is not None
    assert latest.code is RollingCode.COMPLETED
    bench.fault(LATEST, {"html": True}, method="GET", times=None)
    with pytest.raises(LostSight, match="Azure goes on by itself"):
        tending.follow(bench.set_id, lambda _: None)


# What stands against it


def test_while_a_run_of_ours_is_live_nothing_is_asked(simulated: Simulated) -> None:
    bench = simulated()
    snapshot = bench.gateway.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(), bench.cockpit.default_policy)
    folder = bench.cockpit.store.find(bench.cockpit.runs.start(plan))
    assert folder.take_lock(bench.clock.wall())
    for act in Act:
        with pytest.raises(RunRefused, match="a run is live"):
            ask(bench, act)
    folder.lock.release()
    assert not bench.requests("POST")


def test_a_run_that_begins_after_the_question_stands_against_the_answer(
    simulated: Simulated,
) -> None:
    bench = simulated()
    wanted = bench.cockpit.tending.prospect(bench.set_id, Act.START_OS)
    snapshot = bench.gateway.observe(bench.set_id)
    plan = bench.cockpit.planning.plan(snapshot, Selection(), bench.cockpit.default_policy)
    folder = bench.cockpit.store.find(bench.cockpit.runs.start(plan))
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match="a run is live"):
        bench.cockpit.tending.begin(wanted)
    folder.lock.release()
    assert not bench.requests("POST")


def test_read_only_and_protected_sets_are_not_asked(simulated: Simulated) -> None:
    looking = simulated(read_only=True)
    for act in Act:
        with pytest.raises(RunRefused, match="only looks"):
            ask(looking, act)
    bench = simulated()
    bench.cockpit.permission._protects = lambda _: True
    wanted = bench.cockpit.tending.prospect(bench.set_id, Act.START_OS)
    with pytest.raises(RunRefused, match="the settings protect"):
        bench.cockpit.tending.begin(wanted)
    assert not looking.requests("POST") + bench.requests("POST")


def test_one_that_is_at_work_is_neither_doubled_nor_missed(simulated: Simulated) -> None:
    bench = simulated()
    with pytest.raises(NoPlan, match="none ever ran"):
        ask(bench, Act.CANCEL)
    wanted = bench.cockpit.tending.prospect(bench.set_id, Act.START_OS)
    bench.cockpit.tending.begin(wanted)
    for again in (lambda: bench.cockpit.tending.begin(wanted), lambda: ask(bench, Act.START_OS)):
        with pytest.raises(RunRefused, match=r"at work already \(RollingForward: 0 done, 0 at"):
            again()
    bench.simulator.clock.advance(3600)
    with pytest.raises(NoPlan, match="the latest is Completed"):
        ask(bench, Act.CANCEL)
    assert len(bench.requests("POST")) == 1


def test_a_status_that_is_not_known_is_neither_yes_nor_no() -> None:
    odd = RollingUpgrade(said="Pondering")
    standing = Standing(ScaleSet(WHERE, image=Image(ImageKind.PLATFORM)), odd)
    assert "Pondering" in refusal(Act.START_OS, standing)
    assert "nothing is started beside it" in refusal(Act.START_EXTENSIONS, standing)
    assert refusal(Act.CANCEL, standing) == "", "Azure will say whether there is one"


@pytest.mark.parametrize("scenario", ["custom-image", "vhd"])
def test_an_image_without_versions_has_no_newest_one(simulated: Simulated, scenario: str) -> None:
    bench = simulated(scenario)
    with pytest.raises(NoPlan, match="has no versions"):
        ask(bench, Act.START_OS)
    assert not bench.requests("POST")


# What is said before


def test_starting_says_what_azure_does_and_what_it_does_not(simulated: Simulated) -> None:
    bench = simulated()
    wanted = bench.cockpit.tending.prospect(bench.set_id, Act.START_OS)
    said = " ".join(wanted.sentences)
    assert "20% of the instances at a time, 0 s between batches" in said
    assert "goes to the newest version of the model's image that is available" in said
    assert "(22.04.202601010 is the newest that can be seen)" in said
    assert "it cannot be paused, and it goes on when you leave" in said
    assert "the model names version 22.04.202511010 and not latest" in wanted.cautions[0]
    assert wanted.typed
    assert wanted.az == "az vmss rolling-upgrade start -g web-rg -n web-vmss"


def test_cancelling_says_that_nothing_is_rolled_back(simulated: Simulated) -> None:
    bench = simulated()
    ask(bench, Act.START_OS)
    wanted = bench.cockpit.tending.prospect(bench.set_id, Act.CANCEL)
    said = " ".join(wanted.sentences)
    assert "Nothing is rolled back: what was upgraded stays so" in said
    assert "Any later edit of the model, even an empty one, starts it again" in said
    assert "RollingForward: 0 done, 0 at work, 80 to come, 0 failed" in said
    assert not wanted.typed


def test_the_sets_own_limits_are_said_and_dangers_are_named() -> None:
    policy = {"maxBatchInstancePercent": 5, "pauseTimeBetweenBatches": "PT2M30S"}
    raw = {"properties": {"upgradePolicy": {"rollingUpgradePolicy": policy}}}
    found = ScaleSet(
        WHERE,
        orchestration=Orchestration.FLEXIBLE,
        image=Image(ImageKind.GALLERY, reference="/g"),
        owner="Azure Kubernetes Service",
        raw=raw,
    )
    wanted = prospect(Act.START_OS, Standing(found))
    assert "5% of the instances at a time, 150 s between batches" in wanted.sentences[0]
    said = " ".join(wanted.cautions)
    for words in ("no health signal", "documents this for platform images", "Flexible",
                  "Azure Kubernetes Service runs this set"):  # fmt: skip
        assert words in said


def test_every_act_has_its_az_line() -> None:
    assert {act: az_line(act, WHERE).partition(" -g rg ")[0] for act in Act} == {
        Act.START_OS: "az vmss rolling-upgrade start",
        Act.START_EXTENSIONS: "az vmss extension upgrade",
        Act.CANCEL: "az vmss rolling-upgrade cancel",
        Act.SUSPEND_REPAIRS: "az vmss set-orchestration-service-state",
        Act.RESUME_REPAIRS: "az vmss set-orchestration-service-state",
    }
    assert az_line(Act.SUSPEND_REPAIRS, WHERE).endswith(
        "-n set --service-name AutomaticRepairs --action Suspend"
    )


def test_looks_stay_within_the_bucket_of_a_sets_own_gets(simulated: Simulated) -> None:
    tending = simulated().cockpit.tending
    at_work = RollingUpgrade(code=RollingCode.ROLLING_FORWARD)
    over = RollingUpgrade(code=RollingCode.COMPLETED)
    assert tending.next_look(at_work, moving=False) == EVERY
    assert tending.next_look(over, moving=False) == tending.next_look(None, moving=False) == SELDOM
    assert tending.next_look(None, moving=True) == EVERY
    assert 60 / 6 + 60 / EVERY <= 12, "a reading every 6 s costs one GET of the set"


# History


def test_the_history_tells_who_when_and_where_to(simulated: Simulated) -> None:
    bench = simulated()
    tending = bench.cockpit.tending
    assert tending.history(bench.set_id) == ()
    ask(bench, Act.START_OS)
    bench.simulator.clock.advance(3600)
    (entry,) = tending.history(bench.set_id)
    assert (entry.started_by, entry.upgrade.code) == ("User", "Completed")
    assert entry.upgrade.counts.startswith("80 done")
    assert entry.target is not None
    assert entry.target.version == "22.04.202511010"
    assert entry.ended_at is not None
    assert (entry.rolled_back, entry.not_rolled_back) == (0, 0)


def served(bench: Bench, path: str, body: Any) -> None:
    bench.fault(path, {"status": 200, "body": body}, method="GET", times=None)


def test_the_documented_history_is_read_whole(simulated: Simulated) -> None:
    bench = simulated()
    found = json.loads((EXCHANGES / "doc-osUpgradeHistory-one-entry.json").read_text("utf-8"))
    served(bench, "/osUpgradeHistory$", found["response"]["body"])
    (entry,) = bench.cockpit.tending.history(bench.set_id)
    assert entry.started_by == "Platform"
    assert entry.upgrade.counts == "16 done, 4 at work, 0 to come, 0 failed"
    assert entry.target is not None
    assert entry.target.version == "2016.127.20180613"
    assert entry.ended_at is not None, "the documentation says completedTime"


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"properties": None},
        {"properties": {"runningStatus": [], "progress": "x", "targetImageReference": 7,
                        "startedBy": {"a": 1}, "rollbackInfo": {}}},
    ],
)  # fmt: skip
def test_an_odd_entry_is_unknown_and_costs_no_other(simulated: Simulated, entry: Any) -> None:
    bench = simulated()
    whole = {"properties": {"startedBy": "Platform", "runningStatus": {"code": "Faulted"}}}
    served(bench, "/osUpgradeHistory$", {"value": [entry, whole]})
    odd, found = bench.cockpit.tending.history(bench.set_id)
    assert (odd.upgrade.code, odd.target, odd.started_by) == (RollingCode.UNKNOWN, None, "")
    assert found.upgrade.code is RollingCode.FAULTED


@pytest.mark.parametrize("body", ["[]", "<html>", '{"value": null}'])
def test_a_history_that_is_not_azures_is_damage(simulated: Simulated, body: str) -> None:
    bench = simulated()
    served(bench, "/osUpgradeHistory$", body)
    with pytest.raises(Damaged):
        bench.cockpit.tending.history(bench.set_id)


# Repairs


def test_repairs_are_suspended_and_resumed_and_the_service_tells(simulated: Simulated) -> None:
    bench = simulated()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    tending = bench.cockpit.tending
    model = bench.gateway.read_model(bench.set_id)
    assert tending.repairs(model).state is RepairsState.RUNNING
    with pytest.raises(NoPlan, match="are running already"):
        ask(bench, Act.RESUME_REPAIRS)
    assert ask(bench, Act.SUSPEND_REPAIRS) == "automatic repairs are suspended"
    assert tending.repairs(model).state is RepairsState.SUSPENDED
    with pytest.raises(NoPlan, match="are suspended already"):
        ask(bench, Act.SUSPEND_REPAIRS)
    assert ask(bench, Act.RESUME_REPAIRS) == "automatic repairs are resumed"
    assert tending.repairs(model).state is RepairsState.RUNNING
    assert len(bench.requests("POST", REPAIRS)) == 2
    assert [each.get("verb") for each in log(bench)] == [
        "suspend-repairs", None, "resume-repairs", None,
    ]  # fmt: skip


def test_a_lost_answer_about_repairs_is_looked_for(simulated: Simulated) -> None:
    bench = simulated()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    bench.fault(REPAIRS, {"drop_after": True}, method="POST")
    assert ask(bench, Act.SUSPEND_REPAIRS).startswith("the answer was lost, but it shows")
    assert len(bench.requests("POST", REPAIRS)) == 1


def test_repairs_that_are_off_are_neither_suspended_nor_asked_after(simulated: Simulated) -> None:
    bench = simulated()
    for act in (Act.SUSPEND_REPAIRS, Act.RESUME_REPAIRS):
        with pytest.raises(NoPlan, match="are off in the model"):
            ask(bench, act)
    assert not bench.requests("GET", "/instanceView")
    assert not bench.requests("POST")


def test_resuming_says_what_azure_will_do_and_when(simulated: Simulated) -> None:
    bench = simulated()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    ask(bench, Act.SUSPEND_REPAIRS)
    wanted = bench.cockpit.tending.prospect(bench.set_id, Act.RESUME_REPAIRS)
    assert "(Restart)" in wanted.sentences[0]
    assert "longer than 30 minutes" in wanted.sentences[0]


@pytest.mark.parametrize(
    ("services", "state", "said"),
    [
        (None, RepairsState.UNKNOWN, ""),
        ([], RepairsState.UNKNOWN, ""),
        ([None, {"serviceName": "Other", "serviceState": "Running"}], RepairsState.UNKNOWN, ""),
        ([{"serviceName": "automaticrepairs", "serviceState": "notrunning"}],
         RepairsState.NOT_RUNNING, "notrunning"),
        ([{"serviceName": "AutomaticRepairs", "serviceState": "Asleep\x1b"}],
         RepairsState.UNKNOWN, "Asleep␛"),
        ([{"serviceName": "AutomaticRepairs", "serviceState": 7}], RepairsState.UNKNOWN, ""),
    ],
)  # fmt: skip
def test_a_state_of_the_service_that_is_not_known_is_kept_verbatim(
    simulated: Simulated, services: Any, state: RepairsState, said: str
) -> None:
    bench = simulated()
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    served(bench, "/instanceView$", {"orchestrationServices": services})
    found = bench.cockpit.tending.repairs(bench.gateway.read_model(bench.set_id))
    assert (found.state, found.said) == (state, said)


def test_a_flexible_set_has_no_instance_view_to_tell_it(simulated: Simulated) -> None:
    bench = simulated("flexible")
    bench.edit(**{"properties.automaticRepairsPolicy": REPAIRED})
    found = bench.cockpit.tending.repairs(bench.gateway.read_model(bench.set_id))
    assert found.state is RepairsState.UNKNOWN
    assert not bench.requests("GET", "/instanceView")
