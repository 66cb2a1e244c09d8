"""Themes on the screen: `t` goes round, and without colours nothing is lost."""

import pytest
from msgspec import structs
from rich.segment import Segment

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import NOON, web
from tests.support.pilot import Settled, settled
from tests.ui.screens.test_dashboard import with_run
from vmss_tui.fleet.scale_set import ComponentStatus, PowerState, ProvisioningState, State, Status
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.themes import THEMES
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.heatmap_tiles import Cell


def every_state() -> Snapshot:
    """One instance in each composite state, and the rest current."""
    power = {
        State.STARTING: PowerState.STARTING,
        State.STOPPING: PowerState.STOPPING,
        State.STOPPED: PowerState.STOPPED,
        State.DEALLOCATING: PowerState.DEALLOCATING,
        State.DEALLOCATED: PowerState.DEALLOCATED,
        State.UNKNOWN: PowerState.UNKNOWN,
    }
    found = web(odd=True)
    made = [
        structs.replace(one, power=power[state])
        for one, state in zip(found.instances[20:], power, strict=False)
    ]
    moving = structs.replace(found.instances[30], provisioning=ProvisioningState.UPDATING)
    changed = {one.instance_id: one for one in (*made, moving)}
    instances = tuple(changed.get(i.instance_id, i) for i in found.instances)
    return Snapshot(found.scale_set, instances, NOON)


def drawn(screen: Settled) -> dict[str, Cell]:
    """Instance id -> how it is drawn."""
    return screen.app.screen.query_one(Heatmap).cells


def coloured(screen: Settled) -> set[str]:
    """Colours that anything on the terminal is drawn in, besides its own."""
    lines = screen.app.screen._compositor.render_strips(screen.app.size)
    styles = [s.style for line in lines for s in line if isinstance(s, Segment) and s.style]
    named = {c.name for style in styles for c in (style.color, style.bgcolor) if c is not None}
    return named - {"default"}


async def test_t_goes_through_every_theme_and_round() -> None:
    async with settled() as screen:
        seen = [screen.app.theme]
        for _ in THEMES:
            await screen.press("t")
            seen.append(screen.app.theme)
        assert seen[0] == seen[-1]
        assert set(seen) == {theme.name for theme in THEMES}
        assert "UD 0   4/20" in screen.text


@pytest.mark.parametrize("glyphs", list(Glyphs))
async def test_with_colour_removed_every_state_is_told_apart_by_its_glyph(glyphs: Glyphs) -> None:
    look = Appearance(theme="vmss-mono", glyphs=glyphs)
    cockpit = FakeCockpit(every_state())
    async with settled(cockpit, look=look) as screen:
        states = {i.instance_id: i.state for i in cockpit.snapshot.instances}
        plain = [i for i, one in cockpit.snapshot.by_id.items() if not one.protected_from_actions]
        by_glyph: dict[str, set[State]] = {}
        for instance_id in plain:
            by_glyph.setdefault(drawn(screen)[instance_id].text[0], set()).add(states[instance_id])
        assert all(len(found) == 1 for found in by_glyph.values())
        assert {state for found in by_glyph.values() for state in found} == set(State)


async def test_the_monochrome_theme_draws_in_the_terminals_own_two_colours() -> None:
    async with settled(with_run(), look=Appearance(theme="vmss-mono")) as screen:
        await screen.press("u", "n")
        assert coloured(screen) == set()
        await screen.press("b")
        assert coloured(screen) == set()


async def test_the_runs_batch_is_outlined_by_a_sign_at_its_row_too() -> None:
    async with settled(with_run()) as screen:
        assert "4/20▶" in screen.line("UD 1")
        assert "▶" not in screen.line("UD 2")
        batch = [i for i, cell in drawn(screen).items() if cell.is_at_work]
        assert sorted(batch, key=int) == list(screen.board.batch_ids and sorted(
            screen.board.batch_ids, key=int))  # fmt: skip
    async with settled(with_run(), look=Appearance(glyphs=Glyphs.ASCII)) as screen:
        assert "4/20>" in screen.line("UD 1")


async def test_nothing_is_animated_over_ssh_or_anywhere() -> None:
    async with settled() as screen:
        assert screen.app.animation_level == "none"


async def test_disks_and_extensions_tell_what_azure_says_of_them() -> None:
    failed = Status("ProvisioningState/failed", "Error", "Provisioning failed", "exit code 51")
    parts = {
        "agent": ComponentStatus("agent", "2.11.1.4"),
        "extensions": (ComponentStatus("AppHealth", "1.0.14", (failed,)),),
        "disks": (ComponentStatus("web_OsDisk_0", "", (Status("", "", "", "attached at LUN 0"),)),),
        "protected_from_scale_in": True,
    }
    one = structs.replace(web().instances[0], **parts)
    snapshot = Snapshot(web().scale_set, (one, *web().instances[1:]), NOON)
    async with settled(FakeCockpit(snapshot), (120, 60)) as screen:
        said = " ".join(screen.text.split())
        for words in ("AppHealth 1.0.14", "exit code 51", "web_OsDisk_0", "attached at LUN 0"):
            assert words in said
        assert "from scale-in" in screen.line("protected")
