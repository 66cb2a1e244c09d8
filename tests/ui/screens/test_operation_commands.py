"""Operations on the dashboard: choose who, see what it means, agree, and watch it happen."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from textual import events

from tests.support.fake_runs import PATIENCE
from tests.support.fake_session import FakeCockpit
from tests.support.fleets import NOON, instance, scale_set, view, web
from tests.support.pilot import Settled, settled
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.scale_set import Orchestration, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Busy
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID
from vmss_tui.ui.dialogs.choice import ChoiceScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.ui.widgets.operation_panel import OperationPanel
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection

KEYLESS = {
    "redeploy": OperationKind.REDEPLOY,
    "reimage all": OperationKind.REIMAGE_ALL,
    "unprotect": OperationKind.UNPROTECT,
}


def begun(cockpit: FakeCockpit) -> list[OperationPlan]:
    return cockpit.instance_operations.begun


def changed(snapshot: Snapshot, ids: tuple[str, ...], **changes: Any) -> Snapshot:
    """The reading with these instances otherwise."""
    odd = tuple(
        structs.replace(i, **changes) if i.instance_id in ids else i for i in snapshot.instances
    )
    return replace(snapshot, instances=odd, taken_at=snapshot.taken_at)


def prepared(verb: OperationKind) -> FakeCockpit:
    """A world in which instance 0 has something to be asked for."""
    needs: dict[OperationKind, dict[str, Any]] = {
        OperationKind.START: {"power": PowerState.STOPPED, "health": None},
        OperationKind.UNPROTECT: {"protected_from_scale_in": True},
    }
    return FakeCockpit(changed(web(odd=False), ("0",), **needs.get(verb, {})))


async def agreed(screen: Settled, plan: OperationKind) -> None:
    """Types what the question wants."""
    if plan.destructive:
        await screen.press("tab")
        await screen.write("web-vmss")
        await screen.press("enter")
    else:
        await screen.press("y")


@pytest.mark.parametrize(
    ("key", "verb"),
    [
        ("B", OperationKind.RESTART),
        ("S", OperationKind.START),
        ("X", OperationKind.POWER_OFF),
        ("Z", OperationKind.DEALLOCATE),
        ("I", OperationKind.REIMAGE),
        ("D", OperationKind.DELETE),
    ],
)
async def test_a_key_asks_which_then_shows_what_it_means_and_does_it(
    key: str, verb: OperationKind
) -> None:
    cockpit = prepared(verb)
    async with settled(cockpit) as screen:
        await screen.press(key)
        assert isinstance(screen.app.screen, ChoiceScreen)
        assert "instance 0" in screen.text
        assert "nothing is sent yet" in screen.text
        await screen.press("c")
        assert isinstance(screen.app.screen, ConfirmScreen)
        assert "az " in screen.text
        told = screen.app.screen.question.body.plain
        assert f"scale set     {cockpit.snapshot.scale_set.id.resource_id}\n" in told
        assert "tenant 72f988bf" in told
        assert "ops@contoso.example" in screen.text
        assert begun(cockpit) == []
        await agreed(screen, verb)
        (plan,) = begun(cockpit)
        assert (plan.verb, plan.instance_ids) == (verb, ("0",))
        assert screen.shown(OperationPanel)
        assert "0 of 1" in screen.text


@pytest.mark.parametrize(("typed", "verb"), KEYLESS.items())
@pytest.mark.parametrize("opener", ["x", "colon"])
async def test_what_has_no_key_is_found_by_its_name(
    opener: str, typed: str, verb: OperationKind
) -> None:
    cockpit = prepared(verb)
    async with settled(cockpit) as screen:
        await screen.press(opener)
        await screen.write(typed)
        await screen.palette()
        await screen.press("enter")
        assert isinstance(screen.app.screen, ChoiceScreen)
        await screen.press("c")
        await agreed(screen, verb)
        (plan,) = begun(cockpit)
        assert (plan.verb, plan.instance_ids) == (verb, ("0",))


@pytest.mark.parametrize(
    ("letter", "verb", "guard"),
    [
        ("i", OperationKind.PROTECT, ProtectionScope.SCALE_IN),
        ("a", OperationKind.PROTECT, ProtectionScope.SET_ACTIONS),
        ("t", OperationKind.UNPROTECT, ProtectionScope.SET_ACTIONS),
        ("u", OperationKind.UNPROTECT, ProtectionScope.SCALE_IN),
    ],
)
async def test_p_asks_from_what(letter: str, verb: OperationKind, guard: ProtectionScope) -> None:
    taken = {"protected_from_scale_in": True, "protected_from_actions": True}
    odd = taken if verb is OperationKind.UNPROTECT else {}
    cockpit = FakeCockpit(changed(web(odd=False), ("0",), **odd))
    async with settled(cockpit) as screen:
        await screen.press("P", "c", letter)
        await screen.press("y")
        (plan,) = begun(cockpit)
        assert (plan.verb, plan.guard, plan.instance_ids) == (verb, guard, ("0",))


def zonal() -> Snapshot:
    """Two zones of two placement groups, two rows each, a fault domain across rows."""
    made = []
    for n in range(16):
        zone, group, domain, fault = n // 8, n // 4 % 2, n // 2 % 2, n % 2
        one = instance(n, current=False, domain=domain, fault=fault, zone=str(zone + 1))
        made.append(structs.replace(one, placement_group=f"{zone}{group}aaaaaa-0000"))
    return Snapshot(scale_set(capacity=16), tuple(made), taken_at=NOON)


@pytest.mark.parametrize(
    ("letter", "ids"),
    [
        ("c", {"0"}),
        ("r", {"0", "1"}),
        ("f", {"0", "2"}),
        ("p", {"0", "1", "2", "3"}),
        ("z", {str(n) for n in range(8)}),
        ("s", {str(n) for n in range(16)}),
    ],
)
async def test_every_scope_means_exactly_its_instances(letter: str, ids: set[str]) -> None:
    cockpit = FakeCockpit(zonal())
    async with settled(cockpit) as screen:
        await screen.press("D", letter)
        await agreed(screen, OperationKind.DELETE)
        (plan,) = begun(cockpit)
        assert set(plan.instance_ids) == ids


async def test_marks_come_first_and_enter_chooses_what_is_highlighted() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit) as screen:
        await screen.press("space", "j", "space", "B")
        assert "2 marked" in screen.text
        await screen.press("enter", "y")
        (plan,) = begun(cockpit)
        assert set(plan.instance_ids) == screen.board.operation_ids
        assert len(plan.instance_ids) == 2


async def test_the_same_instances_are_offered_once() -> None:
    async with settled(FakeCockpit(web(odd=False))) as screen:
        await screen.press("B")
        assert "the row, UD 0: 20" in screen.text
        assert "fault domain 0" not in screen.text  # in this set it is the row


async def test_enter_alone_never_confirms_and_escape_sends_nothing() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit) as screen:
        await screen.press("D", "enter", "enter", "enter", "enter")
        assert begun(cockpit) == []
        await screen.press("B", "c", "enter", "enter")
        assert begun(cockpit) == []
        await screen.press("B", "c", "escape")
        assert "Nothing was sent" in screen.text
        await screen.press("X", "escape")
        assert begun(cockpit) == []


async def test_what_takes_something_away_wants_the_name_and_no_y_and_no_paste() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit) as screen:
        await screen.press("Z", "c", "y")
        assert begun(cockpit) == []
        await screen.press("tab")
        screen.app.screen.post_message(events.Paste("web-vmss"))
        await screen.press("enter")
        assert begun(cockpit) == []
        await screen.write("web-vmss")
        await screen.press("enter")
        assert len(begun(cockpit)) == 1


async def test_restarting_all_that_serve_wants_the_name() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit) as screen:
        await screen.press("B", "s", "y")
        assert "downtime of the whole scale set" in screen.text
        assert begun(cockpit) == []


async def test_the_question_says_who_is_left_out_and_what_it_means() -> None:
    async with settled(FakeCockpit(web())) as screen:
        await screen.press("D", "s")
        text = " ".join(screen.text.split())
        assert "Delete 99 instances of web-rg/web-vmss?" in text
        assert "1 protected from scale set actions: unprotect it first: 71" in text
        assert "capacity 100 becomes 1" in text
        assert "delete-instances" in text


async def test_nothing_to_do_says_so_and_asks_nothing() -> None:
    async with settled(FakeCockpit(web(odd=False))) as screen:
        await screen.press("S", "s")
        assert "Nothing to do: already running" in screen.text
        assert not isinstance(screen.app.screen, ConfirmScreen)


async def test_progress_is_counted_from_readings_and_told_at_the_end() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit) as screen:
        await screen.press("B", "r", "y")
        ids = begun(cockpit)[0].instance_ids
        assert screen.board.operation_ids == set(ids)
        assert set(cockpit.queries.watchers[-1].attended) == set(ids)
        moving = changed(cockpit.snapshot, ids, provisioning=ProvisioningState.UPDATING)
        await screen.report(view(moving))
        assert "0 of 20 restarted, 20 at work" in screen.text
        assert screen.line("UD 0").count("◐") >= 10
        half = changed(moving, ids[:10], provisioning=ProvisioningState.SUCCEEDED)
        await screen.report(view(half))
        assert "10 of 20 restarted, 10 at work" in screen.text
        await screen.report(view(changed(half, ids, provisioning=ProvisioningState.SUCCEEDED)))
        assert "20 of 20 restarted" in screen.line("restart ")
        assert screen.board.operation_ids == frozenset()
        assert cockpit.queries.watchers[-1].attended == ()
        await screen.press("escape")
        assert not screen.shown(OperationPanel)


async def test_an_operation_is_looked_after_while_its_screen_is_away_and_shown_again() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit, list_first=True) as screen:
        await screen.press("enter", "B", "r", "y")
        ids = begun(cockpit)[0].instance_ids
        cockpit.snapshot = changed(cockpit.snapshot, ids, changed_at=NOON)
        await screen.press("q")
        assert isinstance(screen.app.screen, ScaleSetListScreen)
        assert cockpit.instance_operations.followed.wait(PATIENCE)
        await screen.press("enter")
        assert "20 of 20 restarted" in screen.line("restart ")
        await screen.press("escape", "q", "enter")
        assert not screen.shown(OperationPanel)


async def test_an_operation_that_is_at_work_is_taken_up_by_the_next_screen() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit, list_first=True) as screen:
        await screen.press("enter", "B", "r", "y", "q", "enter")
        ids = begun(cockpit)[0].instance_ids
        assert "0 of 20 restarted" in screen.line("restart ")
        assert set(cockpit.queries.watchers[-1].attended) == set(ids)
        moving = changed(cockpit.snapshot, ids, provisioning=ProvisioningState.UPDATING)
        await screen.report(view(moving))
        assert "0 of 20 restarted, 20 at work" in screen.text
        screen.app.session.operations.close()
        assert cockpit.instance_operations.leavings == ["the dashboard was left, Azure goes on"]


async def test_a_failure_stays_in_sight_in_azures_words() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit) as screen:
        await screen.press("D", "c")
        await agreed(screen, OperationKind.DELETE)
        failed = changed(cockpit.snapshot, ("0",), provisioning=ProvisioningState.FAILED)
        await screen.report(view(failed))
        assert "1 failed" in screen.text
        assert "instance 0: provisioning failed" in screen.text


async def test_a_lost_answer_says_that_it_looks_and_does_not_send_again() -> None:
    cockpit = FakeCockpit(web(odd=False))
    cockpit.instance_operations.answered = False
    async with settled(cockpit) as screen:
        await screen.press("B", "c", "y")
        assert "answer was lost: looking, not sending again" in screen.text
        cockpit.instance_operations.now = 61.0
        await screen.report(view(replace(cockpit.snapshot, taken_at=NOON)))
        assert "1 not as wanted" in screen.text
        assert "it was not sent again" in screen.text
        assert len(begun(cockpit)) == 1


@pytest.mark.parametrize(
    "error",
    [
        Busy("Azure refused: In conflict. (Conflict)", code="Conflict", status=409),
        RunRefused("a run is live on web-rg/web-vmss (web-7f3a): pause it first"),
        JournalError("operations.jsonl: No space left on device"),
    ],
)
async def test_a_refusal_is_told_in_its_words(error: Exception) -> None:
    cockpit = FakeCockpit(web(odd=False))
    cockpit.instance_operations.raises = error
    async with settled(cockpit) as screen:
        await screen.press("B", "c", "y")
        told = " ".join(screen.text.split())
        assert str(error)[1:20] in told
        assert not screen.shown(OperationPanel)


@pytest.mark.parametrize("key", list("BSXZIDP"))
async def test_read_only_and_a_live_run_stand_in_the_way_in_words(key: str) -> None:
    async with settled(FakeCockpit(read_only=True)) as screen:
        await screen.press(key)
        assert "read-only" in screen.text
        assert not isinstance(screen.app.screen, ChoiceScreen)
    cockpit = FakeCockpit()
    cockpit.run_control.begin(
        "web-vmss-7f3a", cockpit.planner.plan(cockpit.snapshot, Selection(), Policy())
    )
    async with settled(cockpit) as screen:
        await screen.press(key)
        assert "pause it (p) first" in " ".join(screen.text.split())
        assert not isinstance(screen.app.screen, ChoiceScreen)


async def test_beside_a_run_that_holds_an_operation_may_go() -> None:
    cockpit = FakeCockpit()
    run = cockpit.run_control.begin(
        "web-vmss-7f3a", cockpit.planner.plan(cockpit.snapshot, Selection(), Policy())
    )
    run.add(ev.Paused(reason="operator", message="by hand", by="ops"))
    async with settled(cockpit) as screen:
        await screen.press("B")
        assert isinstance(screen.app.screen, ChoiceScreen)


async def test_a_flexible_set_says_what_it_cannot_do() -> None:
    flexible = replace(web(), scale_set=scale_set(orchestration=Orchestration.FLEXIBLE))
    async with settled(FakeCockpit(flexible)) as screen:
        await screen.press("x")
        await screen.write("reimage all")
        await screen.palette()
        await screen.press("enter", "c")
        assert "cannot reimage all disks" in " ".join(screen.text.split())


def test_every_operation_is_a_command_that_writes() -> None:
    for verb in OperationKind:
        command = COMMANDS_BY_ID[str(verb)]
        assert command.writes
        assert bool(command.keys) == (verb not in KEYLESS.values())


async def test_a_small_terminal_shows_choice_question_and_progress() -> None:
    cockpit = FakeCockpit(web(odd=False))
    async with settled(cockpit, size=(80, 24)) as screen:
        await screen.press("B")
        assert "the whole scale set: 100" in screen.text
        await screen.press("r")
        assert "y restart 20" in screen.text
        await screen.press("y")
        assert "0 of 20 restarted" in screen.text
