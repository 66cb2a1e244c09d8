"""Instance operations from the key to what is sent: scope, question, confirmation."""

from dataclasses import replace

import pytest
from msgspec import structs
from textual import events

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, instance, scale_set, web
from tests.support.operation_scenes import confirm, sent_plans, services_for, with_changes
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.scale_set import Orchestration
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID
from vmss_tui.ui.dialogs.choice import ChoiceScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.widgets.operation_panel import OperationPanel
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection

KEYLESS = {
    "redeploy": OperationKind.REDEPLOY,
    "reimage all": OperationKind.REIMAGE_ALL,
    "unprotect": OperationKind.UNPROTECT,
}


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
async def test_a_key_asks_for_the_scope_then_for_confirmation_then_sends(
    key: str, verb: OperationKind
) -> None:
    services = services_for(verb)
    async with run_dashboard(services) as screen:
        await screen.press(key)
        assert isinstance(screen.app.screen, ChoiceScreen)
        assert "instance 0" in screen.text
        assert "Nothing is sent yet" in screen.text
        await screen.press("c")
        assert isinstance(screen.app.screen, ConfirmScreen)
        assert "az " in screen.text
        reported = screen.app.screen.question.body.plain
        assert f"Scale set     {services.snapshot.scale_set.id.resource_id}\n" in reported
        assert "tenant 72f988bf" in reported
        assert "ops@contoso.example" in screen.text
        assert sent_plans(services) == []
        await confirm(screen, verb)
        (plan,) = sent_plans(services)
        assert (plan.kind, plan.instance_ids) == (verb, ("0",))
        assert screen.is_shown(OperationPanel)
        assert "0 of 1" in screen.text


@pytest.mark.parametrize(("typed", "verb"), KEYLESS.items())
@pytest.mark.parametrize("opener", ["x", "colon"])
async def test_an_operation_without_a_key_is_found_by_its_name(
    opener: str, typed: str, verb: OperationKind
) -> None:
    services = services_for(verb)
    async with run_dashboard(services) as screen:
        await screen.press(opener)
        await screen.search_palette(typed)
        await screen.press("enter")
        assert isinstance(screen.app.screen, ChoiceScreen)
        await screen.press("c")
        await confirm(screen, verb)
        (plan,) = sent_plans(services)
        assert (plan.kind, plan.instance_ids) == (verb, ("0",))


@pytest.mark.parametrize(
    ("letter", "verb", "guard"),
    [
        ("i", OperationKind.PROTECT, ProtectionScope.SCALE_IN),
        ("a", OperationKind.PROTECT, ProtectionScope.SET_ACTIONS),
        ("t", OperationKind.UNPROTECT, ProtectionScope.SET_ACTIONS),
        ("u", OperationKind.UNPROTECT, ProtectionScope.SCALE_IN),
    ],
)
async def test_protect_asks_for_the_kind_of_protection(
    letter: str, verb: OperationKind, guard: ProtectionScope
) -> None:
    taken = {"protected_from_scale_in": True, "protected_from_actions": True}
    odd = taken if verb is OperationKind.UNPROTECT else {}
    services = FakeServices(with_changes(web(odd=False), ("0",), **odd))
    async with run_dashboard(services) as screen:
        await screen.press("P", "c", letter)
        await screen.press("y")
        (plan,) = sent_plans(services)
        assert (plan.kind, plan.protection_scope, plan.instance_ids) == (verb, guard, ("0",))


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
async def test_every_scope_contains_exactly_its_instances(letter: str, ids: set[str]) -> None:
    services = FakeServices(zonal())
    async with run_dashboard(services) as screen:
        await screen.press("D", letter)
        await confirm(screen, OperationKind.DELETE)
        (plan,) = sent_plans(services)
        assert set(plan.instance_ids) == ids


async def test_marks_come_first_and_enter_chooses_what_is_highlighted() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services) as screen:
        await screen.press("space", "j", "space", "B")
        assert "2 selected" in screen.text
        await screen.press("enter", "y")
        (plan,) = sent_plans(services)
        assert set(plan.instance_ids) == screen.board.operation_ids
        assert len(plan.instance_ids) == 2


async def test_the_same_instances_are_offered_once() -> None:
    async with run_dashboard(FakeServices(web(odd=False))) as screen:
        await screen.press("B")
        assert "the row, UD 0: 20" in screen.text
        assert "fault domain 0" not in screen.text  # in this set it is the row


async def test_enter_alone_never_confirms_and_escape_sends_nothing() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services) as screen:
        await screen.press("D", "enter", "enter", "enter", "enter")  # the last ones: the instance
        assert sent_plans(services) == []
        await screen.press("escape", "B", "c", "enter", "enter")
        assert sent_plans(services) == []
        await screen.press("escape", "B", "c", "escape")
        assert "Cancelled: nothing was sent" in screen.text
        await screen.press("X", "escape")
        assert sent_plans(services) == []


async def test_a_destructive_operation_needs_the_typed_name_and_neither_y_nor_a_paste() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services) as screen:
        await screen.press("Z", "c", "y")
        assert sent_plans(services) == []
        await screen.press("tab")
        screen.app.screen.post_message(events.Paste("web-vmss"))
        await screen.press("enter")
        assert sent_plans(services) == []
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert len(sent_plans(services)) == 1


async def test_restarting_all_running_instances_needs_the_typed_name() -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services) as screen:
        await screen.press("B", "s", "y")
        assert "downtime of the whole scale set" in screen.text
        assert sent_plans(services) == []


async def test_the_question_names_omitted_instances_and_consequences() -> None:
    async with run_dashboard(FakeServices(web())) as screen:
        await screen.press("D", "s")
        text = " ".join(screen.text.split())
        assert "Delete 99 instances of web-rg/web-vmss?" in text
        assert "1 protected from scale set actions: unprotect it first: 71" in text
        assert "Capacity 100 → 1 " in text
        assert "delete-instances" in text


async def test_nothing_to_do_says_so_and_asks_nothing() -> None:
    async with run_dashboard(FakeServices(web(odd=False))) as screen:
        await screen.press("S", "s")
        assert "Nothing to do: already running" in screen.text
        assert not isinstance(screen.app.screen, ConfirmScreen)


@pytest.mark.parametrize("key", list("BSXZIDP"))
async def test_read_only_and_a_live_run_make_operations_unavailable(key: str) -> None:
    async with run_dashboard(FakeServices(read_only=True)) as screen:
        await screen.press(key)
        assert "read-only" in screen.text
        assert not isinstance(screen.app.screen, ChoiceScreen)
    services = FakeServices()
    services.run_control.begin(
        "web-vmss-7f3a", services.planner.plan(services.snapshot, Selection(), Policy())
    )
    async with run_dashboard(services) as screen:
        await screen.press(key)
        assert "pause it (p) first" in " ".join(screen.text.split())
        assert not isinstance(screen.app.screen, ChoiceScreen)


async def test_an_operation_is_allowed_while_a_run_is_paused() -> None:
    services = FakeServices()
    run = services.run_control.begin(
        "web-vmss-7f3a", services.planner.plan(services.snapshot, Selection(), Policy())
    )
    run.add(ev.Paused(reason="operator", message="by hand", by="ops"))
    async with run_dashboard(services) as screen:
        await screen.press("B")
        assert isinstance(screen.app.screen, ChoiceScreen)


async def test_a_flexible_set_says_what_it_cannot_do() -> None:
    flexible = replace(web(), scale_set=scale_set(orchestration=Orchestration.FLEXIBLE))
    async with run_dashboard(FakeServices(flexible)) as screen:
        await screen.press("x")
        await screen.search_palette("reimage all")
        await screen.press("enter", "c")
        assert "cannot reimage all disks" in " ".join(screen.text.split())


def test_every_operation_is_a_command_that_writes() -> None:
    for verb in OperationKind:
        command = COMMANDS_BY_ID[str(verb)]
        assert command.writes
        assert bool(command.keys) == (verb not in KEYLESS.values())
