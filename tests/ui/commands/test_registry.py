"""The registry: every command declared once, carried out somewhere, and refused in words."""

import pytest
from textual.fuzzy import Matcher

from tests.support.paths import ROOT
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    BY_ID,
    COMMANDS,
    HINTED,
    Group,
    Pane,
    bindings,
    keys_of,
    markdown_table,
    of,
)
from vmss_tui.ui.commands.palette import rank
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.screens.run_list import RunsScreen
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetsScreen
from vmss_tui.upgrade.run.run import Phase

SCREENS: dict[Pane, type] = {
    Pane.APP: VmssApp,
    Pane.LIST: ScaleSetsScreen,
    Pane.SET: ScaleSetScreen,
    Pane.RUNS: RunsScreen,
}
README = ROOT / "README.md"
AT_WORK = CommandContext(
    no_retry="",
    no_revert="",
    has_reading=True,
    has_cursor=True,
    policy_mode=PolicyMode.MANUAL,
    run_phase=Phase.ROLLING_FORWARD,
    run_alive=True,
)
AT_REST = CommandContext(has_reading=True, has_cursor=True, policy_mode=PolicyMode.MANUAL)


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert set(HINTED) <= BY_ID.keys()


@pytest.mark.parametrize("pane", list(Pane))
def test_no_key_means_two_things_in_one_pane(pane: Pane) -> None:
    commands = {*of(pane), *of(Pane.APP)}
    keys = [key for command in commands for key in keys_of(command)]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("pane", list(Pane))
def test_every_command_is_carried_out_by_its_screen(pane: Pane) -> None:
    screen = SCREENS[pane]
    assert all(hasattr(screen, f"do_{c.id.replace('-', '_')}") for c in of(pane))
    if issubclass(screen, CommandScreen):
        assert screen.PANE is pane


@pytest.mark.parametrize("pane", list(Pane))
def test_bindings_carry_the_commands_id_so_that_settings_can_move_them(pane: Pane) -> None:
    moved = [binding.id for binding in bindings(pane)]
    assert [i for i in moved if i in BY_ID] == [c.id for c in of(pane) if not c.numbered]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.writes], ids=lambda c: c.id)
def test_every_writing_command_is_refused_in_read_only(command: object) -> None:
    found = next(c for c in COMMANDS if c is command)
    for standing in (AT_REST, AT_WORK):
        assert "read-only" in (found.refused(standing._replace(read_only=True)) or "")
        assert "protect" in (found.refused(standing._replace(protected="it is protected")) or "")


def test_pausing_and_aborting_stay_possible_in_read_only() -> None:
    looking = AT_WORK._replace(read_only=True)
    assert BY_ID["pause"].refused(looking) is None
    assert BY_ID["abort"].refused(looking) is None
    held = looking._replace(run_phase=Phase.PAUSED)
    assert "read-only" in (BY_ID["pause"].refused(held) or "")


def test_upper_case_changes_something_and_no_control_chord_does() -> None:
    motions = {"G", "N"}
    for command in COMMANDS:
        for key in keys_of(command):
            if len(key) == 1 and key.isupper() and key not in motions:
                assert command.group in (Group.CHANGE, Group.RUN)
            if key.startswith("ctrl+") or key.islower():
                assert not command.writes


def test_a_live_run_stands_in_the_way_of_another_change() -> None:
    for command_id in ("upgrade", "rolling-run", "edit-model"):
        assert "a run is live" in (BY_ID[command_id].refused(AT_WORK) or "")
        assert BY_ID[command_id].refused(AT_REST) is None


@pytest.mark.parametrize("mode", [PolicyMode.AUTOMATIC, PolicyMode.ROLLING])
def test_a_set_that_azure_upgrades_by_itself_is_not_upgraded_from_here(mode: PolicyMode) -> None:
    standing = CommandContext(has_reading=True, has_cursor=True, policy_mode=mode)
    assert str(mode) in (BY_ID["upgrade"].refused(standing) or "")


def test_every_refusal_is_a_sentence_and_every_command_has_words() -> None:
    for command in COMMANDS:
        assert command.title
        assert command.tooltip
        refusal = command.refused(CommandContext())
        assert refusal is None or " " in refusal


def test_the_table_names_every_command_once() -> None:
    table = markdown_table()
    rows = [line for line in table.split("\n") if line.startswith("| `")]
    assert len(rows) == len(COMMANDS)


def test_the_readme_has_the_table_as_it_is() -> None:
    readme = README.read_text(encoding="utf-8")
    inside = readme.split("<!-- keys -->")[1].split("<!-- /keys -->")[0]
    assert inside.strip() == markdown_table().strip()


def best(typed: str) -> list[str]:
    """Ids of the commands that the words name, the best first."""
    like = Matcher(typed).match
    ranked = {c.id: rank(typed, c.title, c.id, c.tooltip, like) for c in COMMANDS}
    return sorted((i for i in ranked if ranked[i] > 0), key=lambda i: -ranked[i])


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("take", "take-over"), ("proto", "protect"), ("prot", "protect"), ("image", "images"),
        ("read only", "read-only"), ("model", "edit-model"), ("edit mod", "edit-model"),
        ("Roll", "rolling-run"), ("addr", "addresses"), ("undo", "undo-edit"),
        ("run over", "take-over"), ("boot anew", "restart"), ("reimg", "reimage"),
    ],
)  # fmt: skip
def test_what_is_typed_names_the_command_whose_title_begins_so(typed: str, first: str) -> None:
    assert best(typed)[0] == first


@pytest.mark.parametrize("typed", ["", "  ", "%%", "zzqq"])
def test_what_names_nothing_finds_nothing(typed: str) -> None:
    assert best(typed) == []
