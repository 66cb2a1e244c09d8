"""The registry: every command is declared once, has a handler, and names why it is unavailable."""

from collections.abc import Callable
from typing import cast

import pytest
from textual.fuzzy import Matcher

from tests.support.fake_session import FakeServices
from tests.support.fleets import scale_set
from tests.support.paths import ROOT
from vmss_tui.fleet.scale_set import PolicyMode
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.campaigns.campaign_list import CampaignListScreen
from vmss_tui.ui.campaigns.campaign_screen import CampaignScreen
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS,
    COMMANDS_BY_ID,
    FOOTER_ORDER,
    CommandGroup,
    CommandScope,
    bindings_for,
    command_keys,
    commands_in,
    markdown_table,
)
from vmss_tui.ui.commands.handlers import handlers_by_command
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.commands.search import rank
from vmss_tui.ui.commands.synonyms import SYNONYMS
from vmss_tui.ui.instance_screen.instance_screen import InstanceScreen
from vmss_tui.ui.instance_screen.tab_commands import TabCommands
from vmss_tui.ui.screens.run_list import RunListScreen
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.upgrade.run.run import Phase

SCREENS: dict[CommandScope, Callable[[], object]] = {
    CommandScope.APP: lambda: VmssApp(FakeServices),
    CommandScope.SCALE_SET_LIST: ScaleSetListScreen,
    CommandScope.SCALE_SET: lambda: ScaleSetScreen(scale_set().id),
    CommandScope.RUN_LIST: lambda: RunListScreen(ScaleSetScreen),
    CommandScope.CAMPAIGN_LIST: lambda: CampaignListScreen(ScaleSetScreen),
    CommandScope.CAMPAIGN: lambda: CampaignScreen("ubuntu-1a2b", ScaleSetScreen),
    CommandScope.INSTANCE: lambda: TabCommands(cast(InstanceScreen, None)),
}
README = ROOT / "README.md"
AT_WORK = CommandContext(
    retry_obstacle="",
    revert_obstacle="",
    has_reading=True,
    has_cursor=True,
    policy_mode=PolicyMode.MANUAL,
    run_phase=Phase.ROLLING_FORWARD,
    run_is_live=True,
)
AT_REST = CommandContext(has_reading=True, has_cursor=True, policy_mode=PolicyMode.MANUAL)


def test_ids_are_unique() -> None:
    assert len(COMMANDS_BY_ID) == len(COMMANDS)
    assert set(FOOTER_ORDER) <= COMMANDS_BY_ID.keys()


@pytest.mark.parametrize("scope", list(CommandScope))
def test_no_key_means_two_things_in_one_pane(scope: CommandScope) -> None:
    commands = {*commands_in(scope), *commands_in(CommandScope.APP)}
    keys = [key for command in commands for key in command_keys(command)]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("scope", list(CommandScope))
def test_every_command_is_carried_out_by_its_screen(scope: CommandScope) -> None:
    screen = SCREENS[scope]()
    if isinstance(screen, CommandScreen):
        assert scope is screen.COMMAND_SCOPE
        handlers = screen.handlers
    else:
        handlers = handlers_by_command((screen,), scope)
    assert handlers.keys() == {command.id for command in commands_in(scope)}


class _Leave:
    def do_leave(self) -> None:
        """Leaves."""


class _Other:
    def do_other(self) -> None:
        """Carries out no command."""


@pytest.mark.parametrize(
    ("owners", "error"),
    [
        ((), "commands without a handler"),
        ((_Leave(), _Leave()), "command leave has two handlers"),
        ((_Other(), RunListScreen(ScaleSetScreen)), "handlers without a command: other"),
    ],
)
def test_a_command_without_a_handler_or_with_two_is_an_error(
    owners: tuple[object, ...], error: str
) -> None:
    with pytest.raises(TypeError, match=error):
        handlers_by_command(owners, CommandScope.RUN_LIST)


@pytest.mark.parametrize("scope", list(CommandScope))
def test_bindings_carry_the_commands_id_so_that_settings_can_move_them(scope: CommandScope) -> None:
    ids = [binding.id for binding in bindings_for(scope)]
    assert [i for i in ids if i in COMMANDS_BY_ID] == [
        c.id for c in commands_in(scope) if not c.takes_key
    ]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.writes], ids=lambda c: c.id)
def test_every_writing_command_is_refused_in_read_only(command: object) -> None:
    checked = next(c for c in COMMANDS if c is command)
    for context in (AT_REST, AT_WORK):
        assert "read-only" in (checked.unavailable_reason(context._replace(read_only=True)) or "")
        assert "protect" in (
            checked.unavailable_reason(context._replace(protection_reason="it is protected")) or ""
        )


def test_pausing_and_aborting_stay_possible_in_read_only() -> None:
    read_only = AT_WORK._replace(read_only=True)
    assert COMMANDS_BY_ID["pause"].unavailable_reason(read_only) is None
    assert COMMANDS_BY_ID["abort"].unavailable_reason(read_only) is None
    paused = read_only._replace(run_phase=Phase.PAUSED)
    assert "read-only" in (COMMANDS_BY_ID["pause"].unavailable_reason(paused) or "")


def test_upper_case_changes_something_and_no_control_chord_does() -> None:
    shows = {"G", "N", "J", "K", "O", "L", "W"}
    for command in COMMANDS:
        for key in command_keys(command):
            if len(key) == 1 and key.isupper() and key not in shows:
                assert command.group in (CommandGroup.CHANGE, CommandGroup.RUN)
            if key.startswith("ctrl+") or key.islower():
                assert not command.writes


def test_a_live_run_stands_in_the_way_of_another_change() -> None:
    for command_id in ("upgrade", "rolling-run", "edit-model"):
        assert "a run is live" in (COMMANDS_BY_ID[command_id].unavailable_reason(AT_WORK) or "")
        assert COMMANDS_BY_ID[command_id].unavailable_reason(AT_REST) is None


@pytest.mark.parametrize("mode", [PolicyMode.AUTOMATIC, PolicyMode.ROLLING])
def test_a_set_that_azure_upgrades_by_itself_is_not_upgraded_from_here(mode: PolicyMode) -> None:
    context = CommandContext(has_reading=True, has_cursor=True, policy_mode=mode)
    assert str(mode) in (COMMANDS_BY_ID["upgrade"].unavailable_reason(context) or "")


def test_every_refusal_is_a_sentence_and_every_command_has_words() -> None:
    for command in COMMANDS:
        assert command.title
        assert command.tooltip
        reason = command.unavailable_reason(CommandContext())
        assert reason is None or " " in reason


def test_the_table_names_every_command_once() -> None:
    table = markdown_table()
    rows = [line for line in table.split("\n") if line.startswith("| `")]
    assert len(rows) == len(COMMANDS)


def test_the_readme_has_the_table_as_it_is() -> None:
    readme = README.read_text(encoding="utf-8")
    inside = readme.split("<!-- keys -->")[1].split("<!-- /keys -->")[0]
    assert inside.strip() == markdown_table().strip()


def best(query: str) -> list[str]:
    """Ids of the commands that match a query, best first."""
    match = Matcher(query).match
    ranked = {
        c.id: rank(query, c.title, c.id, c.tooltip, match, SYNONYMS.get(c.id, ())) for c in COMMANDS
    }
    return sorted((i for i in ranked if ranked[i] > 0), key=lambda i: -ranked[i])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("take", "take-over"), ("proto", "protect"), ("prot", "protect"), ("image", "images"),
        ("read only", "read-only"), ("model", "edit-model"), ("edit mod", "edit-model"),
        ("Roll", "revert"), ("rolling run", "rolling-run"),
        ("addr", "addresses"), ("undo", "undo-edit"),
        ("run over", "take-over"), ("reimg", "reimage"), ("rollback", "revert"),
        ("reboot", "restart"), ("stop", "power-off"), ("scale", "capacity"), ("exit", "leave"),
    ],
)  # fmt: skip
def test_what_is_typed_names_the_command_whose_title_begins_so(query: str, first: str) -> None:
    assert best(query)[0] == first


@pytest.mark.parametrize("query", ["", "  ", "%%", "zzqq"])
def test_what_names_nothing_finds_nothing(query: str) -> None:
    assert best(query) == []


def test_synonyms_are_of_commands() -> None:
    assert SYNONYMS.keys() <= COMMANDS_BY_ID.keys()
    assert all(name == name.lower() for names in SYNONYMS.values() for name in names)
