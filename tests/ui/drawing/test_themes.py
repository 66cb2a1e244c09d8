"""Themes on the screen: `t` cycles through them, and without colours nothing is lost."""

import pytest
from msgspec import structs
from rich.segment import Segment

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, web
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import run_services
from vmss_tui.fleet.scale_set import ComponentStatus, PowerState, ProvisioningState, State, Status
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.themes import THEMES
from vmss_tui.ui.instances.cells.cell_look import CellRows
from vmss_tui.ui.instances.heatmap import Heatmap


def every_state() -> Snapshot:
    """One instance in each state, the rest up to date."""
    power = {
        State.STARTING: PowerState.STARTING,
        State.STOPPING: PowerState.STOPPING,
        State.STOPPED: PowerState.STOPPED,
        State.DEALLOCATING: PowerState.DEALLOCATING,
        State.DEALLOCATED: PowerState.DEALLOCATED,
        State.UNKNOWN: PowerState.UNKNOWN,
    }
    snapshot = web(odd=True)
    made = [
        structs.replace(instance, power=power[state])
        for instance, state in zip(snapshot.instances[20:], power, strict=False)
    ]
    moving = structs.replace(snapshot.instances[30], provisioning=ProvisioningState.UPDATING)
    unknown_model = structs.replace(snapshot.instances[31], latest_model_applied=None)
    changed = {i.instance_id: i for i in (*made, moving, unknown_model)}
    instances = tuple(changed.get(i.instance_id, i) for i in snapshot.instances)
    return Snapshot(snapshot.scale_set, instances, NOON)


def drawn(screen: DashboardPilot) -> dict[str, CellRows]:
    """Instance id -> the rows of its cell."""
    return screen.app.screen.query_one(Heatmap).cells


def coloured(screen: DashboardPilot) -> set[str]:
    """All colours in use on the screen, except the terminal's default ones."""
    lines = screen.app.screen._compositor.render_strips(screen.app.size)
    styles = [s.style for line in lines for s in line if isinstance(s, Segment) and s.style]
    named = {c.name for style in styles for c in (style.color, style.bgcolor) if c is not None}
    return named - {"default"}


async def test_t_goes_through_every_theme_and_round() -> None:
    async with run_dashboard() as screen:
        seen = [screen.app.theme]
        for _ in THEMES:
            await screen.press("t")
            seen.append(screen.app.theme)
        assert seen[0] == seen[-1]
        assert set(seen) == {theme.name for theme in THEMES}
        assert screen.line("UD 0").split()[2:3] == ["4/20"]


@pytest.mark.parametrize("glyphs", list(Glyphs))
async def test_with_colour_removed_every_state_is_told_apart_by_its_glyph(glyphs: Glyphs) -> None:
    look = Appearance(theme="vmss-mono", glyphs=glyphs)
    services = FakeServices(every_state())
    async with run_dashboard(services, appearance=look) as screen:
        state_of = {i.instance_id: i.state for i in services.snapshot.instances}
        plain = [
            i
            for i, instance in services.snapshot.by_id.items()
            if not instance.protected_from_actions
        ]
        by_glyph: dict[str, set[State]] = {}
        for instance_id in plain:
            by_glyph.setdefault(drawn(screen)[instance_id][0][0][0][0], set()).add(
                state_of[instance_id]
            )
        assert all(len(states) == 1 for states in by_glyph.values())
        assert {state for states in by_glyph.values() for state in states} == set(State)


async def test_the_monochrome_theme_draws_in_the_terminals_own_two_colours() -> None:
    async with run_dashboard(run_services(), appearance=Appearance(theme="vmss-mono")) as screen:
        await screen.press("u", "n")
        assert coloured(screen) == set()
        await screen.press("b")
        assert coloured(screen) == set()
        for opener, line in (("x", "Pause or resume"), ("colon", "edit model")):
            await screen.press("escape", opener)
            assert "Contoso-Prod" in screen.text  # the screen behind is not blank
            segments = [s for strip in screen.app.screen._compositor.render_strips() for s in strip]
            underlined = "".join(s.text for s in segments if s.style and s.style.underline)
            assert line in underlined
            assert len(underlined) <= screen.app.size.width


@pytest.mark.parametrize(
    ("glyphs", "bar", "sign"), [(Glyphs.UNICODE, "▌", "▶"), (Glyphs.ASCII, ">", ">")]
)
async def test_a_domain_says_that_the_runs_batch_is_at_work_there(
    glyphs: Glyphs, bar: str, sign: str
) -> None:
    look = Appearance(glyphs=glyphs)
    async with run_dashboard(run_services(), (200, 60), appearance=look) as screen:
        assert f"{bar}UD 1" in screen.text
        assert f"{sign} batch " in screen.text
        assert f"{bar}UD 2" not in screen.text
        domains = {screen.board.full_grid.row_keys[i] for i in screen.board.batch_ids}
        assert screen.board.domains_at_work == domains


async def test_nothing_is_animated_over_ssh_or_anywhere() -> None:
    async with run_dashboard() as screen:
        assert screen.app.animation_level == "none"


async def test_disks_and_extensions_tell_what_azure_says_of_them() -> None:
    failed = Status("ProvisioningState/failed", "Error", "Provisioning failed", "exit code 51")
    parts = {
        "agent": ComponentStatus("agent", "2.11.1.4"),
        "extensions": (ComponentStatus("AppHealth", "1.0.14", (failed,)),),
        "disks": (ComponentStatus("web_OsDisk_0", "", (Status("", "", "", "attached at LUN 0"),)),),
        "protected_from_scale_in": True,
    }
    instance = structs.replace(web().instances[0], **parts)
    snapshot = Snapshot(web().scale_set, (instance, *web().instances[1:]), NOON)
    async with run_dashboard(FakeServices(snapshot), (120, 60)) as screen:
        await screen.press("enter")
        text = " ".join(screen.text.split())
        for fact in ("AppHealth 1.0.14", "exit code 51", "web_OsDisk_0", "attached at LUN 0"):
            assert fact in text
        assert "from scale-in" in screen.line("Protection")
