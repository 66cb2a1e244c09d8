"""The dashboard, read like a manual: press this, see that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from msgspec import structs
from rich.text import Text
from textual import events
from textual.content import Content
from textual.widgets import Input

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import (
    JAMMY,
    NEW,
    NEWEST,
    NOON,
    OLD,
    SUBSCRIPTION,
    instance,
    scale_set,
    view,
    web,
)
from tests.support.pilot import Settled, settled
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import Health, PolicyMode, ProvisioningState, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import NotSignedIn, Refused, Unreachable
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.operations.model_edits import ModelConflict
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.model_editor import ModelEditor
from vmss_tui.ui.dialogs.run_setup import RunSetupScreen
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.cell_modes import CellMode
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.text.reading_age import expires_at
from vmss_tui.ui.widgets.footer import Legend
from vmss_tui.ui.widgets.instance_detail import InstanceDetail
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def with_run() -> FakeCockpit:
    """A set with a live run: the first batch done, the second asked."""
    cockpit = FakeCockpit(web())
    plan = cockpit.planner.plan(cockpit.snapshot, Selection(), Policy())
    run = cockpit.run_control.begin("web-vmss-7f3a", plan)
    first, second = plan.batches[0], plan.batches[1]
    run.add(
        ev.BatchIntent(
            number=1, row=first.row, instance_ids=first.instance_ids, client_request_id="a"
        ),
        ev.BatchAccepted(number=1),
        ev.InstancesUpgraded(instance_ids=first.instance_ids),
        ev.BatchSettled(number=1, upgraded=len(first.instance_ids), failed=0, gone=0),
        ev.BatchIntent(
            number=2, row=second.row, instance_ids=second.instance_ids, client_request_id="b"
        ),
    )
    return cockpit


# The list


async def test_the_list_shows_every_scale_set_and_enter_opens_one() -> None:
    cockpit = FakeCockpit()
    cockpit.queries.listed = (scale_set("api-vmss", 12), cockpit.snapshot.scale_set)
    async with settled(cockpit, list_first=True) as screen:
        assert "2 scale sets" in screen.text
        assert "12" in screen.line("api-vmss")
        await screen.press("j", "enter")
        assert "20 of 100 current" in screen.text
        await screen.press("q")
        assert "2 scale sets" in screen.text
        await screen.press("q")
        assert screen.app.return_value == 0


async def test_brackets_go_from_one_scale_set_to_its_neighbour() -> None:
    cockpit = FakeCockpit()
    cockpit.queries.listed = (scale_set("api-vmss", 12), cockpit.snapshot.scale_set)
    async with settled(cockpit, list_first=True) as screen:
        await screen.press("enter")
        assert screen.scale_set.name == "api-vmss"
        await screen.press("right_square_bracket")
        assert screen.scale_set.name == "web-vmss"
        await screen.press("q")
        assert "2 scale sets" in screen.text


async def test_what_cells_mean_goes_along_to_the_next_set() -> None:
    cockpit = FakeCockpit()
    cockpit.queries.listed = (scale_set("api-vmss", 12), cockpit.snapshot.scale_set)
    async with settled(cockpit, cell="image-version") as screen:
        await screen.press("m", "right_square_bracket")
        assert screen.scale_set.name == "api-vmss"
        assert screen.board.cell_mode is CellMode.PROVISIONING


async def test_a_set_that_was_opened_directly_has_neighbours_too() -> None:
    cockpit = FakeCockpit()
    cockpit.queries.listed = (scale_set("api-vmss", 12), cockpit.snapshot.scale_set)
    async with settled(cockpit) as screen:
        await screen.press("right_square_bracket")
        assert screen.scale_set.name == "api-vmss"
        await screen.press("left_square_bracket")
        assert screen.scale_set.name == "web-vmss"
    async with settled(FakeCockpit()) as screen:
        await screen.press("right_square_bracket")
        assert "There is no other scale set in the list" in screen.text


def fleet() -> FakeCockpit:
    """Three sets in two subscriptions."""
    cockpit = FakeCockpit()
    elsewhere = ScaleSetId(SUBSCRIPTION[:-1] + "f", "lab-rg", "lab-vmss")
    lab = scale_set("lab-vmss", 100, id=elsewhere)
    cockpit.queries.listed = (lab, cockpit.snapshot.scale_set, scale_set("api-vmss", 100))
    return cockpit


async def test_the_list_counts_stale_instances_of_what_is_in_sight_and_each_once() -> None:
    cockpit = fleet()
    async with settled(cockpit, list_first=True) as screen:
        assert "80 ━───────" in screen.line("api-vmss")
        assert sorted(cockpit.queries.observed) == ["api-vmss", "lab-vmss", "web-vmss"]


async def test_a_set_that_cannot_be_counted_has_a_dash_and_the_others_their_counts() -> None:
    cockpit = fleet()
    cockpit.queries.closed = {"web-vmss"}
    async with settled(cockpit, list_first=True) as screen:
        assert " – " in screen.line("web-vmss")
        assert "━──" in screen.line("api-vmss")


async def test_an_old_count_says_of_when_it_is() -> None:
    later = NOON + timedelta(minutes=5)
    async with settled(fleet(), list_first=True, now=later) as screen:
        assert "80 at 12:04" in screen.line("api-vmss")
        assert "──" not in screen.line("api-vmss")


async def test_the_list_says_when_a_set_last_changed_or_that_azure_is_at_work_on_it() -> None:
    async with settled(FakeCockpit(web(odd=False)), (160, 24), list_first=True) as screen:
        assert "changed" in screen.text
        assert "14 Nov 11:04" in screen.line("web-vmss")  # an hour ago, the newest of a hundred
    moving = web(odd=False)
    first = structs.replace(
        moving.instances[0], provisioning=ProvisioningState.UPDATING, changed_at=None
    )
    moving = replace(moving, instances=(first, *moving.instances[1:]))
    async with settled(FakeCockpit(moving), (160, 24), list_first=True) as screen:
        assert "at work" in screen.line("web-vmss")
    cockpit = fleet()
    cockpit.queries.closed = {"web-vmss"}
    async with settled(cockpit, (160, 24), list_first=True) as screen:
        assert "Nov" not in screen.line("web-vmss")
        assert "Nov" in screen.line("api-vmss")


async def test_several_subscriptions_have_a_column_and_are_in_its_order() -> None:
    async with settled(fleet(), list_first=True) as screen:
        sets = [line.split()[:2] for line in screen.text.split("\n") if "-vmss" in line]
        assert sets == [
            ["Contoso-Prod", "api-vmss"],
            ["Contoso-Prod", "web-vmss"],
            ["Contoso-Test", "lab-vmss"],
        ]
    async with settled(list_first=True) as screen:
        assert "Contoso" not in screen.text


async def test_slash_on_the_list_filters_by_names_and_escape_shows_all_again() -> None:
    async with settled(fleet(), list_first=True) as screen:
        await screen.press("slash")
        await screen.write("test !api")
        assert "1 of 3 scale sets" in screen.text
        assert "lab-vmss" in screen.text
        assert "web-vmss" not in screen.text
        await screen.press("enter", "escape")
        assert "3 scale sets" in screen.text
        assert "web-vmss" in screen.text


async def test_a_live_run_shows_its_phase_and_how_far_it_is_on_the_list() -> None:
    cockpit = with_run()
    cockpit.queries.listed = (scale_set("api-vmss", 12), cockpit.snapshot.scale_set)
    async with settled(cockpit, list_first=True) as screen:
        assert "RollingForward 16/77" in screen.line("web-vmss")
        assert "Rolling" not in screen.line("api-vmss")


@pytest.mark.parametrize("width", [80, 120])
async def test_columns_give_way_but_never_the_counts_and_the_run(width: int) -> None:
    cockpit = with_run()
    async with settled(cockpit, size=(width, 24), list_first=True) as screen:
        row = screen.line("web-vmss")
        assert "80 ━" in row
        assert "RollingForward" in row
        assert ("eastus" in row) is (width == 120)


async def test_rows_that_are_drawn_at_once_are_not_cut() -> None:
    async with settled(fleet(), list_first=True) as screen:
        table = screen.app.screen
        assert isinstance(table, TableScreen)
        table.set_columns(["name"])
        table.set_rows({"one": [Text("a name that is longer than its column's title")]})
        assert screen.line("a name that is longer than its column's title"), "not at rest yet"


async def test_a_list_that_cannot_be_had_says_why() -> None:
    cockpit = FakeCockpit()

    def refuse() -> tuple[()]:
        raise Refused("ops may not read subscription 5ca1ab1e")

    cockpit.queries.list_scale_sets = refuse  # type: ignore[method-assign]
    async with settled(cockpit, list_first=True) as screen:
        assert "ops may not read subscription 5ca1ab1e" in screen.text


async def test_a_list_that_could_not_be_had_comes_by_itself_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vmss_tui.ui.screens.scale_set_list._RETRY_INTERVAL", 0.2)
    cockpit = FakeCockpit()
    answers = [Refused("the network is down")]

    def listed() -> Sequence[ScaleSet]:
        if answers:
            raise answers.pop()
        return cockpit.queries.listed

    cockpit.queries.list_scale_sets = listed  # type: ignore[method-assign]
    async with settled(cockpit, list_first=True) as screen:
        for _ in range(50):
            if "1 scale set" in screen.text:
                break
            await screen.pilot.pause(0.1)
        assert "web-vmss" in screen.text
        assert "the network is down" not in screen.text


async def test_no_connection_is_said_in_words_and_leaves_with_1() -> None:
    def connect() -> FakeCockpit:
        raise NotSignedIn("run az login first")

    app = VmssApp(connect)
    async with app.run_test() as pilot:
        screen = Settled(app, FakeCockpit(), pilot)
        await screen.rest()
        assert "run az login first" in screen.text
        await screen.press("q")
    assert app.return_value == 1


# The heatmap


async def test_the_header_says_where_and_what_and_when() -> None:
    async with settled() as screen:
        first, second = screen.text.split("\n")[:2]
        for words in ("Contoso-Prod ▸ web-rg ▸ web-vmss", "eastus", "Uniform", "Manual", "100 VMs"):
            assert words in first
        assert first.rstrip().endswith("reads 27/30  12:04:31")
        assert NEW in second
        assert "ops@contoso.example" in second
        assert "20 of 100 current" in second


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 36), (200, 60)])
async def test_every_size_shows_mode_clock_rows_and_counts(size: tuple[int, int]) -> None:
    async with settled(size=size) as screen:
        assert "▸ web-vmss" in screen.text, "the set's name is the last to be cut"
        assert "Manual" in screen.text
        assert "12:04:31" in screen.text
        assert "20 of 100 current" in screen.text
        for row in range(5):
            assert f"UD {row}   4/20" in screen.text
        assert all(len(line) <= size[0] for line in screen.text.split("\n"))


async def test_what_gave_way_comes_back_where_something_longer_made_room() -> None:
    async with settled(size=(80, 24)) as screen:
        assert "reads 27/30" in screen.text
        assert "eastus" not in screen.text
        await screen.report(view(web(), budget=None))
        assert "eastus" in screen.text.split("\n")[0]


async def test_a_line_in_slices_takes_words_that_only_differ_in_how_they_are_put_together() -> None:
    async with settled(size=(80, 24)) as screen:
        legend = screen.app.screen.query_one(Legend)
        for words in (
            Content.styled("abcdef xy", "bold"),
            Content.assemble(("abc", "bold"), ("def xy", "bold")),
            Content.assemble(("abc", "bold"), ("dxf xy", "bold")),
        ):
            legend.set_content(words)
            await screen.pilot.pause()
            assert screen.text.split("\n")[-2] == words.plain


async def test_a_row_tells_current_total_and_problems() -> None:
    async with settled() as screen:
        assert "4/20 ✖1" in screen.line("UD 2")
        assert "✖" not in screen.line("UD 0")


async def test_m_changes_what_cells_mean_and_the_legend_follows() -> None:
    async with settled() as screen:
        assert "state  ● 19 current" in screen.text
        await screen.press("m")
        assert screen.line("● 98 running").startswith(" power")
        await screen.press("m", "m", "m")
        assert screen.line(f"● 20 {NEW} (model)").startswith(" image version")


async def test_cells_mean_at_first_what_the_settings_say() -> None:
    async with settled(cell="image-version") as screen:
        assert screen.line(f"● 20 {NEW} (model)").startswith(" image version")
        await screen.press("m")
        assert screen.line("succeeded").startswith(" provisioning")


async def test_n_goes_to_the_next_problem_and_the_detail_says_what_is_wrong() -> None:
    async with settled() as screen:
        await screen.press("n")
        assert "instance 37" in screen.text
        assert "VM has reported a failure" in " ".join(screen.text.split())
        await screen.press("n")
        assert "instance 14" in screen.text
        assert "unhealthy" in screen.line("health ")
        assert "14 Nov 11:44" in screen.line("reported ")
        await screen.press("N")
        assert "instance 37" in screen.text


async def test_slash_filters_as_you_type_and_escape_shows_all_again() -> None:
    async with settled() as screen:
        await screen.press("slash")
        await screen.write("ud:2 !model:current")
        assert "16 of 100 shown" in screen.text
        assert "UD 1" not in screen.text
        await screen.press("enter", "escape")
        assert "UD 1" in screen.text


async def test_a_filter_that_means_nothing_is_refused_where_it_stands() -> None:
    async with settled() as screen:
        await screen.press("slash")
        await screen.write("colour:red")
        await screen.press("enter")
        assert "no filter 'colour'" in screen.text
        assert screen.app.screen.query_one("#filter", Input).value == "colour:red"


async def test_f_shows_problems_only() -> None:
    async with settled() as screen:
        await screen.press("f")
        assert "2 of 100 shown" in screen.text
        await screen.press("f")
        assert "UD 0" in screen.text


async def test_u_marks_the_row_and_backslash_takes_the_marks_off() -> None:
    async with settled() as screen:
        await screen.press("u")
        assert "20 marked" in screen.text
        await screen.press("backslash")
        assert "marked" not in screen.text


async def test_at_80_columns_the_detail_is_a_line_and_opens_over_the_heatmap() -> None:
    async with settled(size=(80, 24)) as screen:
        assert "0 current · running · healthy" in screen.text
        assert not screen.shown(InstanceDetail)
        await screen.press("enter")
        assert screen.shown(InstanceDetail)
        assert "computer" in screen.text
        await screen.press("escape")
        assert not screen.shown(InstanceDetail)


async def test_marks_that_a_filter_hides_are_named_beside_the_map_and_in_every_question() -> None:
    async with settled(size=(120, 35)) as screen:
        await screen.press("g", "u", "slash")
        await screen.write("ud:1")
        await screen.press("enter")
        assert "20 marked, 0 of them shown" in screen.text
        await screen.press("U")
        hidden = "16 of these 16 are not shown: filter ud:1 · 20 of 100 shown"
        assert hidden in " ".join(screen.text.split())
        await screen.press("escape", "B")
        await screen.press("m")
        assert "20 of these 20 are not shown" in screen.text


async def test_a_question_over_an_old_reading_says_how_old_it_is() -> None:
    async with settled(size=(120, 35)) as screen:
        screen.app.session.now = lambda: NOON + timedelta(minutes=3)
        for keys in (("U",), ("R", "enter")):
            await screen.press(*keys)
            assert "as read at 12:04:31, 3 min ago?" in screen.text
            assert "the reading is old: what it shows may have changed" in screen.text
            await screen.press("escape", *(["escape"] if len(keys) > 1 else []))
        await screen.press("B", "c")
        assert "the reading is old: what it shows may have changed" in screen.text
        await screen.press("escape")
        screen.app.session.now = lambda: NOON
        await screen.press("U")
        assert "as read at" not in screen.text


async def test_y_shows_the_instance_as_azure_says_it_and_never_as_markup() -> None:
    async with settled() as screen:
        await screen.press("y")
        assert '"note": "[/red] is not markup"' in screen.text
        await screen.press("escape")
        assert "UD 0" in screen.text


async def test_c_copies_the_resource_id_and_shows_it() -> None:
    async with settled(size=(200, 60)) as screen:
        await screen.press("c")
        assert screen.app.clipboard.endswith("/virtualMachineScaleSets/web-vmss/virtualMachines/0")
        assert "/virtualMachines/0" in screen.text


async def test_hostile_words_are_drawn_as_they_are() -> None:
    hostile = "[/red]vm[/ [@click=app.quit]x"
    one = structs.replace(web().instances[0], name=hostile, computer_name=hostile)
    snapshot = Snapshot(web().scale_set, (one, *web().instances[1:]), NOON)
    async with settled(FakeCockpit(snapshot), (200, 60)) as screen:
        assert hostile[:20] in screen.text


# How old a reading is


async def test_an_old_reading_says_since_when() -> None:
    async with settled(now=NOON + timedelta(seconds=30)) as screen:
        assert "stale since 12:04:31" in screen.text
        assert screen.heatmap.dimmed


async def test_a_fresh_reading_says_nothing_of_its_age() -> None:
    async with settled() as screen:
        assert "stale since" not in screen.text
        assert not screen.heatmap.dimmed


async def test_a_reading_grows_old_by_itself_and_a_newer_one_is_fresh_again() -> None:
    moment = [NOON]
    async with settled(now=lambda: moment[0]) as screen:
        told = view(screen.cockpit.snapshot)
        expires = expires_at(told)
        assert expires is not None
        moment[0] = expires - timedelta(milliseconds=20)
        await screen.report(told)
        dimmed = [screen.heatmap.dimmed]
        moment[0] = expires
        await screen.until(lambda: "stale since 12:04:31" in screen.text)
        dimmed.append(screen.heatmap.dimmed)
        await screen.report(view(replace(screen.cockpit.snapshot, taken_at=expires)))
        dimmed.append(screen.heatmap.dimmed)
        assert dimmed == [False, True, False]
        assert "stale since" not in screen.text


async def test_the_next_try_is_counted_down_by_itself() -> None:
    moment = [NOON]
    async with settled(now=lambda: moment[0]) as screen:
        retry_at = NOON + timedelta(seconds=17)
        snapshot = screen.cockpit.snapshot
        await screen.report(view(snapshot, condition=Condition.OFFLINE, retry_at=retry_at))
        assert "next try in 17 s" in screen.text
        moment[0] += timedelta(seconds=3)
        await screen.until(lambda: "next try in 14 s" in screen.text)
        moment[0] = retry_at
        await screen.until(lambda: "trying now" in screen.text)


@pytest.mark.parametrize("condition", [c for c in Condition if c not in ("fresh", "looking")])
async def test_what_stands_in_the_way_is_said_with_its_countdown(condition: Condition) -> None:
    async with settled() as screen:
        told = view(
            screen.cockpit.snapshot,
            condition=condition,
            message="words of Azure",
            retry_at=NOON + timedelta(seconds=17),
        )
        await screen.report(told)
        assert f"{condition}: words of Azure · next try in 17 s" in screen.text
        await screen.report(view(screen.cockpit.snapshot))
        assert "words of Azure" not in screen.text


async def test_a_notice_of_one_line_comes_and_goes_without_moving_the_heatmap() -> None:
    async with settled(size=(80, 24)) as screen:
        region = screen.heatmap.region
        words = "Azure cannot be reached: connection refused (arm)"
        told = view(screen.cockpit.snapshot, condition=Condition.OFFLINE, message=words)
        await screen.report(told)
        assert "offline: connection refused (arm)" in screen.text
        assert screen.heatmap.region == region
        await screen.report(view(screen.cockpit.snapshot))
        assert "offline" not in screen.text
        assert screen.heatmap.region == region


async def test_an_empty_set_is_not_taken_for_one_that_was_not_read() -> None:
    async with settled(FakeCockpit(replace(web(), instances=()))) as screen:
        for key in ("U", "R"):
            await screen.press(key)
            assert "There is no instance here to upgrade" in screen.text


async def test_rows_are_never_said_to_be_by_a_domain_that_no_instance_has() -> None:
    found = web()
    zoned = tuple(
        structs.replace(one, zone="1", update_domain=None, fault_domain=None)
        for one in found.instances
    )
    async with settled(FakeCockpit(replace(found, instances=zoned))) as screen:
        await screen.press("s")
        assert "Azure reports no fault domains here: rows by zone" in screen.text
        await screen.press("s")
        assert "Rows by zone" in screen.text


async def test_before_the_first_reading_it_says_so_and_nothing_can_be_changed() -> None:
    cockpit = FakeCockpit()
    cockpit.first = view(None, condition=Condition.PENDING)
    async with settled(cockpit) as screen:
        assert "reading …" in screen.text
        await screen.press("U")
        assert "There is no reading to plan with" in screen.text


# Upgrading


async def test_u_upper_y_upgrades_the_cursors_row_in_one_batch() -> None:
    async with settled() as screen:
        await screen.press("U")
        assert "Upgrade 16 instances of web-rg/web-vmss?" in screen.text
        assert "4 already current" in screen.text
        assert "at least 79 of 98 running stay up" in screen.text
        assert "tenant 72f988bf-86f1-41af-91ab-2d7cd011db47" in screen.text
        await screen.press("y")
        (plan,) = screen.cockpit.run_control.started
        assert len(plan.instance_ids) == 16
        assert "run web-vmss-7f3a" in screen.text


async def test_enter_alone_never_confirms() -> None:
    async with settled() as screen:
        await screen.press("U", "enter")
        assert screen.cockpit.run_control.started == []
        await screen.press("u", "U", "enter", "enter", "enter")
        assert screen.cockpit.run_control.started == []


async def test_the_confirmation_names_the_gate_without_its_secrets() -> None:
    cockpit = FakeCockpit(web())
    cockpit.default_policy = Policy(gate=("/bin/echo", "drain", "--token", "hunter2"))
    async with settled(cockpit, size=(120, 40)) as screen:
        await screen.press("u", "U")
        told = screen.line("/bin/echo drain --token")
        assert "before each batch and after the last" in told
        assert "hunter2" not in screen.text


async def test_more_than_one_batch_takes_the_sets_name_typed_exactly() -> None:
    async with settled() as screen:
        await screen.press("a", "U")
        assert "77 instances in 5 batches" in screen.text
        await screen.press("y", "enter")
        assert screen.cockpit.run_control.started == []
        await screen.press("U", "tab")
        await screen.write("web-vms")
        await screen.press("enter")
        assert "That is not web-vmss" in screen.text
        await screen.press("s", "enter")
        assert len(screen.cockpit.run_control.started) == 1


async def test_a_paste_never_confirms() -> None:
    async with settled() as screen:
        await screen.press("a", "U", "tab")
        field = screen.app.screen.query_one("#name", Input)
        field.post_message(events.Paste("web-vmss"))
        await screen.rest()
        assert field.value == ""
        await screen.press("ctrl+v", "enter")
        assert screen.cockpit.run_control.started == []


async def test_a_row_that_is_current_has_nothing_to_upgrade() -> None:
    async with settled() as screen:
        await screen.press("space", "U")
        assert "nothing to do" in screen.text
        assert not isinstance(screen.app.screen, ConfirmScreen)


async def test_an_automatic_set_is_refused_in_words() -> None:
    snapshot = replace(web(), scale_set=scale_set(policy_mode=PolicyMode.AUTOMATIC))
    async with settled(FakeCockpit(snapshot)) as screen:
        await screen.press("U")
        assert "The set's upgrade policy is Automatic: Azure itself upgrades" in screen.text


async def test_read_only_looks_and_says_so() -> None:
    async with settled(FakeCockpit(read_only=True)) as screen:
        assert "READ-ONLY" in screen.text
        for key in ("U", "R", "E"):
            await screen.press(key)
            assert "this session only looks (read-only)" in screen.text.lower()
        await screen.press("exclamation_mark")
        assert "it stays on" in screen.text


async def test_read_only_switches_on_freely_and_off_by_the_sets_name() -> None:
    async with settled() as screen:
        await screen.press("exclamation_mark")
        assert "READ-ONLY" in screen.text
        await screen.press("exclamation_mark", "tab")
        await screen.write("web-vmss")
        await screen.press("enter")
        assert "READ-ONLY" not in screen.text


async def test_a_protected_set_is_unlocked_by_its_name() -> None:
    async with settled(FakeCockpit(protected=True)) as screen:
        assert "PROTECTED" in screen.text
        await screen.press("U")
        assert "The settings protect web-rg/web-vmss" in screen.text
        await screen.press("exclamation_mark", "tab")
        await screen.write("web-vmss")
        await screen.press("enter", "U")
        assert isinstance(screen.app.screen, ConfirmScreen)


# A rolling run


async def test_r_plans_as_the_policy_is_typed() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("R")
        assert "77 instances in 5 batches" in screen.text
        await screen.press("1", "0")
        assert "77 instances in 9 batches" in screen.text or "in 10 batches" in screen.text
        await screen.press("enter")
        assert isinstance(screen.app.screen, ConfirmScreen)
        await screen.press("tab")
        await screen.write("web-vmss")
        await screen.press("enter")
        (plan,) = screen.cockpit.run_control.started
        assert plan.policy.max_batch_instance_percent.count == 10


async def test_a_wrong_policy_is_refused_at_its_field() -> None:
    async with settled() as screen:
        await screen.press("R")
        await screen.write("many")
        assert "batch: must be a number or a percentage" in screen.text
        assert screen.app.screen.query_one(".-wrong").id == "max_batch_instance_percent"
        await screen.press("enter")
        assert isinstance(screen.app.screen, RunSetupScreen)


async def test_a_run_may_edit_the_image_version_first() -> None:
    async with settled(size=(120, 50)) as screen:
        await screen.press("R", "shift+tab")
        await screen.write(NEWEST)
        assert "First the model is edited:" in screen.text
        await screen.press("enter", "tab")
        await screen.write("web-vmss")
        await screen.press("enter")
        (plan,) = screen.cockpit.run_control.started
        assert plan.edit is not None
        assert len(plan.instance_ids) == 97


# The model


async def to_version(screen: Settled, version: str) -> None:
    """Opens the editor and types another version."""
    await screen.press("E", *["backspace"] * len(NEW))
    await screen.write(version)


async def test_e_shows_the_difference_and_the_az_line_before_anything_is_sent() -> None:
    async with settled() as screen:
        await to_version(screen, NEWEST)
        assert f"{NEW} → {NEWEST}" in screen.text
        assert "no instance changes until you upgrade it" in screen.text
        await screen.press("enter")
        assert "az vmss update -g web-rg -n web-vmss" in screen.text
        assert screen.cockpit.model_writer.saved == []
        await screen.press("y")
        (saved,) = screen.cockpit.model_writer.saved
        assert [line.new for line in saved.lines] == [NEWEST]
        assert "The model is changed" in screen.text


async def test_an_impossible_field_is_named() -> None:
    async with settled() as screen:
        await to_version(screen, "not possible!")
        assert "version: image version 'not possible!' is not possible" in screen.text
        await screen.press("enter")
        assert isinstance(screen.app.screen, ModelEditor)


async def test_azures_refusal_keeps_the_form() -> None:
    async with settled() as screen:
        screen.cockpit.model_writer.raises = Refused("The platform image is not available. (400)")
        await to_version(screen, NEWEST)
        await screen.press("enter", "y")
        assert "The platform image is not available. (400)" in screen.text
        assert screen.app.screen.query_one("#image_version", Input).value == NEWEST


async def test_another_writers_change_is_shown_and_the_form_kept() -> None:
    async with settled() as screen:
        line = DiffLine("sku.name", "Standard_D4s_v5", "Standard_D8s_v5")
        screen.cockpit.model_writer.raises = ModelConflict((line,), scale_set(vm_size="Standard_D8s_v5"))
        await to_version(screen, NEWEST)
        await screen.press("enter", "y")
        assert "Standard_D4s_v5 → Standard_D8s_v5" in screen.text
        assert "changed by somebody else" in screen.text
        assert screen.app.screen.query_one("#image_version", Input).value == NEWEST


async def test_the_version_field_offers_what_there_is() -> None:
    async with settled() as screen:
        await screen.press("E")
        assert f"newest: {NEWEST}" in screen.text


# A run


async def test_a_live_run_shows_itself_whoever_started_it() -> None:
    async with settled(with_run()) as screen:
        assert "run web-vmss-7f3a" in screen.text
        assert "RollingForward" in screen.text
        assert "batch 2 of 5" in screen.text
        assert "16/77" in screen.text
        assert "batch 1 settled: 16 upgraded" in screen.text
        assert len(screen.board.batch_ids) == 15


@pytest.mark.parametrize("size", [(40, 10), (60, 14)])
async def test_the_smallest_screens_say_the_cursors_instance_and_how_far_the_run_is(
    size: tuple[int, int],
) -> None:
    async with settled(with_run(), size=size) as screen:
        line = screen.line("RollingForward")
        assert "batch 2 of 5" in line
        assert "16/77" in line
        assert "● 0 current · running" in screen.text
        assert [f"UD {n}" in screen.text for n in range(5)] == [True] * 5
        assert ("p pause/resume" in screen.text) is (size == (60, 14))


async def test_a_high_screen_shows_every_id_and_more_of_the_runs_events() -> None:
    async with settled(with_run(), size=(200, 60)) as screen:
        assert all(f"{n}" in screen.text for n in ("○95", "○96", "○97", "○98", "○99"))
        assert screen.heatmap.max_scroll_y == 0
        assert "worker 4711 on bastion started" in screen.text


async def test_a_run_whose_worker_comes_up_is_not_called_abandoned() -> None:
    cockpit = with_run()
    follower = cockpit.run_control.followers["web-vmss-7f3a"]
    follower.records = []
    cockpit.run_control.alive = None
    async with settled(cockpit) as screen:
        assert "its worker is starting" in screen.text
        assert "its worker is gone" not in screen.text


async def test_p_pauses_a_run_and_resumes_it() -> None:
    async with settled(with_run()) as screen:
        await screen.press("p")
        assert screen.cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.PAUSE)]
        screen.cockpit.run_control.followers["web-vmss-7f3a"].add(
            ev.Paused(reason="asked", message="asked by ops", by="ops")
        )
        await screen.rest()
        assert "Paused" in screen.text
        assert "asked by ops · p resumes, A aborts" in screen.text
        await screen.press("p")
        assert screen.cockpit.run_control.wishes[-1] == ("web-vmss-7f3a", ev.IntentKind.RESUME)
        assert "Run web-vmss-7f3a goes on" in screen.text
        assert "is started" not in screen.text


async def test_a_halt_says_what_happened_and_what_is_safe_next() -> None:
    async with settled(with_run()) as screen:
        screen.cockpit.run_control.followers["web-vmss-7f3a"].add(
            ev.Halted(reason="failure", message="instance 6 failed", safe_next="look at it")
        )
        await screen.rest()
        assert "Faulted" in screen.text
        assert "halted (failure): instance 6 failed. Next: look at it" in screen.text
        assert "instance 6 failed · p resumes, A aborts" in screen.text


async def test_the_open_batch_is_timed_one_by_one_and_who_takes_long_is_told() -> None:
    async with settled(with_run()) as screen:
        run = screen.cockpit.run_control.followers["web-vmss-7f3a"]
        first, *others = run.folder.manifest.plan.batches[1].instance_ids
        assert f"{1 + len(others)} at work for 0:00: {first} " in screen.text
        run.later[0] = 60.0
        await screen.rest()
        assert f"at work for 1:00: {first} {others[0]} " in screen.line("at work")
        run.add(ev.InstancesUpgraded(instance_ids=tuple(others)))
        run.later[0] = 200.0
        await screen.rest()
        assert f" 1 at work for 3:40, slow: {first}" in screen.line("at work")
        assert "asked 3:40 ago" not in screen.text, "the cursor is on another"


async def test_a_checkpoint_is_passed_with_a_dot() -> None:
    async with settled(with_run()) as screen:
        screen.cockpit.run_control.followers["web-vmss-7f3a"].add(
            ev.CheckpointReached(percent=25),
            ev.Paused(reason="checkpoint", message="checkpoint 25%: waits for a person"),
        )
        await screen.rest()
        assert ". lets it go on" in screen.text
        await screen.press("full_stop")
        assert screen.cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.PROMOTE)]


async def test_abort_says_what_goes_on_and_asks() -> None:
    async with settled(with_run()) as screen:
        await screen.press("A")
        assert "Azure goes on with 15 instances" in screen.text
        await screen.press("enter")
        assert screen.cockpit.run_control.wishes == []
        await screen.press("A", "y")
        assert screen.cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.ABORT)]


async def test_taking_a_run_over_wants_its_id_typed() -> None:
    async with settled(with_run()) as screen:
        await screen.press("colon")
        await screen.write("take the run over")
        await screen.palette()
        await screen.press("enter")
        assert "Take run web-vmss-7f3a over?" in screen.text
        await screen.press("y", "enter", "colon")
        assert screen.cockpit.run_control.wishes == []
        await screen.write("take the run over")
        await screen.palette()
        await screen.press("enter", "tab")
        await screen.write("web-vmss")
        await screen.press("enter")
        assert "That is not web-vmss-7f3a" in screen.text
        await screen.write("-7f3a")
        await screen.press("enter")
        assert screen.cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.TAKE_OVER)]


async def test_a_worker_that_shows_no_life_is_told_with_since_when_and_what_may_be_done() -> None:
    cockpit = with_run()
    async with settled(cockpit) as screen:
        assert "no life" not in screen.text
        cockpit.run_control.followers["web-vmss-7f3a"].silence.append(NOON - timedelta(minutes=2))
        await screen.rest()
        said = "its worker has shown no life since 12:02:31 · : take the run over gives it another"
        assert said in " ".join(screen.text.split())
        await screen.press("p")
        assert "once its worker shows life again" in " ".join(screen.text.split())
        await screen.press("colon")
        await screen.write("take the run over")
        await screen.palette()
        await screen.press("enter")
        assert isinstance(screen.app.screen, ConfirmScreen)
        asked = screen.app.screen.question.body.plain
        assert "Run web-vmss-7f3a, pid 4711 of ops on bastion, at work since 2025-11-14" in asked
        assert "no life since 12:02:31." in asked


async def test_while_a_run_is_live_nothing_else_is_started() -> None:
    async with settled(with_run()) as screen:
        await screen.press("U")
        assert "A run is live on this set" in screen.text


async def test_an_earlier_run_that_is_over_does_not_clutter_the_screen() -> None:
    cockpit = with_run()
    cockpit.run_control.alive = None
    cockpit.run_control.followers["web-vmss-7f3a"].add(
        ev.Completed(upgraded=77, failed=0, gone=0, skipped=0)
    )
    async with settled(cockpit) as screen:
        assert not screen.shown(RunPanel)


async def test_an_upgraded_instance_changes_its_glyph_and_its_row_counts_it() -> None:
    async with settled() as screen:
        now = screen.cockpit.snapshot
        moved = tuple(
            structs.replace(
                i,
                latest_model_applied=True,
                image=structs.replace(JAMMY, version=NEW, exact_version=NEW),
            )
            if i.update_domain == 0
            else structs.replace(i, provisioning=ProvisioningState.UPDATING)
            if i.update_domain == 1
            else i
            for i in now.instances
        )
        await screen.report(view(Snapshot(now.scale_set, moved, NOON)))
        assert "20/20" in screen.line("UD 0")
        assert screen.line("UD 1").count("◐") == 10
        assert "36 of 100 current" in screen.text


async def test_leaving_a_live_run_asks_and_never_ends_it() -> None:
    async with settled(with_run()) as screen:
        await screen.press("q")
        assert "Run web-vmss-7f3a is live" in screen.text
        await screen.press("enter")
        assert screen.app.return_value is None
        await screen.press("q", "d")
        assert screen.cockpit.run_control.wishes == []
        assert screen.app.return_value == 0


async def test_pause_and_leave_leaves_a_wish_on_disk() -> None:
    async with settled(with_run()) as screen:
        await screen.press("q", "p")
        assert screen.cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.PAUSE)]


# Help


async def test_help_names_every_key_and_says_what_may_not_run_now() -> None:
    async with settled(size=(200, 130)) as screen:
        await screen.press("question_mark")
        assert "Upgrade the marked instances, or the cursor's row" in screen.text
        assert "not now: no run waits at a checkpoint here" in screen.text
        await screen.press("escape")
        assert "UD 0" in screen.text


async def test_the_palette_finds_commands_by_name_and_runs_them() -> None:
    async with settled() as screen:
        await screen.press("colon")
        await screen.write("cell mean")
        await screen.palette()
        await screen.press("enter")
        assert screen.line("● 98 running").startswith(" power")


async def test_keys_can_be_moved_by_id() -> None:
    async with settled(keys={"upgrade": "F5"}) as screen:
        await screen.press("U")
        assert not isinstance(screen.app.screen, ConfirmScreen)
        await screen.press("f5")
        assert isinstance(screen.app.screen, ConfirmScreen)


async def test_what_names_keys_names_those_that_were_moved() -> None:
    idle, cockpit = FakeCockpit(), with_run()
    idle.welcome = cockpit.welcome = ("a title", "u marks the row, U upgrades it, n to a problem")
    moved = {"upgrade": "F5", "abort": "?", "help": "f1", "mark-all": "f2", "log": "f6"}
    async with settled(idle, keys=moved) as screen:
        assert "u marks the row, f5 upgrades it, n to a problem" in screen.text
    async with settled(cockpit, keys=moved) as screen:
        assert "p pauses and resumes the run, f6 tells its events" in screen.text
        await screen.press("f5")
        assert "abort it (?), first" in " ".join(screen.text.split())
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, ConfirmScreen)


async def test_what_was_said_is_gone_once_another_screen_stands_before_it() -> None:
    async with settled() as screen:
        for opening in ("R", "E", "question_mark", "colon"):
            await screen.press("comma")
            assert "Only the table has an order" in screen.text
            await screen.press(opening)
            assert "Only the table has an order" not in screen.text
            await screen.press("escape")


async def test_ctrl_c_says_how_to_leave_and_ctrl_q_leaves() -> None:
    async with settled() as screen:
        await screen.press("ctrl+c")
        assert "q leaves" in screen.text
        await screen.press("ctrl+q")
        assert screen.app.return_value == 0


# Retry, revert, capacity, versions, actions


def with_failures(edit: Edit | None = None, words: str = "instance 20 failed") -> FakeCockpit:
    """A run that has halted over instance 20."""
    cockpit = FakeCockpit(web(odd=False))
    plan = cockpit.planner.plan(cockpit.snapshot, Selection(instance_ids=("20",)), Policy(), edit)
    if plan.edit is not None:
        plan = structs.replace(plan, edit=structs.replace(plan.edit, undo={"sku": {}}))
    run = cockpit.run_control.begin("web-vmss-7f3a", plan)
    run.add(
        ev.BatchIntent(number=1, row="UD 0", instance_ids=("20",), client_request_id="a"),
        ev.BatchAccepted(number=1),
        ev.InstancesFailed(instance_ids=("20",), message="OSProvisioningTimedOut"),
        ev.BatchSettled(number=1, upgraded=0, failed=1, gone=0),
        ev.Halted(reason="failures", message=words, instance_ids=("20",)),
    )
    return cockpit


async def test_a_halted_run_is_on_screen_when_the_set_is_opened_and_says_which_keys_help() -> None:
    cockpit = with_failures(Edit(image_version=NEWEST))
    cockpit.run_control.alive = None
    async with settled(cockpit, (80, 24)) as screen:
        assert "instance 20 failed · p resumes, F retries, V reverts, A aborts" in screen.text


async def test_however_long_the_reason_is_the_keys_that_help_stay_on_screen() -> None:
    cockpit = with_failures(words="Azure refused: " + "no platform image like this " * 20)
    cockpit.run_control.alive = None
    async with settled(cockpit, (80, 24)) as screen:
        assert "Azure refused: no platform image" in screen.text
        assert "… · p resumes, F retries, A aborts" in screen.text
        await screen.pilot.resize_terminal(40, 24)
        await screen.rest()
        assert "aborts" in screen.line("retries") + screen.line("A ab")


async def test_f_upper_asks_exactly_the_failed_instances_again() -> None:
    cockpit = with_failures()
    async with settled(cockpit) as screen:
        await screen.press("F")
        assert "Retry 1 failed instance of run web-vmss-7f3a?" in screen.text
        assert "1: 20" in screen.line("asked again")
        await screen.press("enter")
        assert cockpit.run_control.wishes == []
        await screen.press("F", "y")
        assert cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.RETRY)]
        assert cockpit.run_control.retried == ("20",)


async def test_a_retry_says_whom_it_only_waits_for() -> None:
    cockpit = with_failures()
    there = structs.replace(instance(20, current=True, domain=0, fault=0), health=Health.UNHEALTHY)
    others = tuple(i for i in cockpit.snapshot.instances if i.instance_id != "20")
    cockpit.first = view(replace(cockpit.snapshot, instances=(*others, there)))
    async with settled(cockpit) as screen:
        await screen.press("F")
        assert "asked again" not in screen.text
        assert "1: 20" in screen.line("waited for")
        assert "on the model already: nothing is asked, they get another deadline" in screen.text


async def test_v_upper_puts_the_previous_model_back_and_needs_the_sets_name() -> None:
    cockpit = with_failures(Edit(image_version=NEWEST))
    async with settled(cockpit) as screen:
        await screen.press("V")
        assert "Revert run web-vmss-7f3a?" in screen.text
        assert NEWEST in screen.text
        assert "1: 20" in screen.line("put back")
        await screen.press("y", "tab")
        assert cockpit.run_control.wishes == []
        await screen.write("web-vmss")
        await screen.press("enter")
        assert cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.REVERT)]


async def test_a_run_without_an_edit_has_nothing_to_revert() -> None:
    async with settled(with_failures()) as screen:
        await screen.press("V")
        assert "did not edit the model" in screen.text


async def test_c_upper_changes_the_capacity_through_the_same_question() -> None:
    cockpit = FakeCockpit()
    async with settled(cockpit) as screen:
        await screen.press("C", *["backspace"] * 3)
        await screen.write("x")
        assert "VMs: must be a number from 0 to 1000" in screen.text
        await screen.press("backspace")
        await screen.write("120")
        assert "Azure adds 20 instances at once" in screen.text
        await screen.press("enter")
        assert "az vmss scale -g web-rg -n web-vmss --new-capacity 120" in screen.text
        await screen.press("y")
        assert [dict(wanted.body)["sku"]["capacity"] for wanted in cockpit.model_writer.saved] == [120]


async def test_fewer_instances_need_the_sets_name_typed() -> None:
    cockpit = FakeCockpit()
    async with settled(cockpit) as screen:
        await screen.press("C", *["backspace"] * 3)
        await screen.write("80")
        assert "Azure removes 20 instances at once" in screen.text
        await screen.press("enter", "y", "tab")
        assert cockpit.model_writer.saved == []
        await screen.write("web-vmss")
        await screen.press("enter")
        assert len(cockpit.model_writer.saved) == 1


async def test_i_lists_versions_newest_first_with_the_models_place_and_counts() -> None:
    async with settled() as screen:
        await screen.press("i")
        listed = screen.text.partition("image versions of web-rg/web-vmss")[2]
        assert f"latest           now {NEWEST}" in listed
        at = [listed.rindex(version) for version in (NEWEST, NEW, OLD)]
        assert at == sorted(at)
        assert f"▌ {NEW}  20 instances · the model" in listed
        assert "80 instances" in screen.line(f"  {OLD}")


async def test_x_offers_only_what_can_be_done_with_the_selection() -> None:
    async with settled() as screen:
        await screen.press("u", "x")
        await screen.palette()
        assert "what to do with 20 marked" in screen.text
        assert "upgrade  (U)" in screen.text
        assert "theme" not in screen.text
        await screen.write("capacity")
        await screen.palette()
        await screen.press("enter", "enter")
        assert screen.line("VMs ").strip()


async def test_a_colon_finds_commands_by_any_of_their_words() -> None:
    async with settled() as screen:
        await screen.press("colon")
        await screen.write("limits you")
        await screen.palette()
        assert "rolling run  (R)" in screen.text


async def test_a_first_connection_that_fails_is_tried_again_until_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(VmssApp, "try_again", 0.01)
    cockpit, refused = FakeCockpit(), ["Azure cannot be reached: no route to host"] * 2

    def connect() -> FakeCockpit:
        if refused:
            raise Unreachable(refused.pop())
        return cockpit

    app = VmssApp(
        connect, cockpit.snapshot.scale_set.id, appearance=Appearance(zone=UTC), now=lambda: NOON
    )
    async with app.run_test(size=(120, 36)) as pilot:
        at_rest = Settled(app, cockpit, pilot)
        while len(app.screen_stack) == 1:
            await pilot.pause()
        await at_rest.rest()
        assert not refused
        assert "UD 0" in at_rest.text
        await at_rest.press("q")
    assert app.return_code == 0
