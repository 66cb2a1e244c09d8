"""The pictures of the README are tests: the real app on fixed readings, clock and size.

They are rewritten only on purpose, with `VMSS_TUI_REWRITE_SCREENSHOTS=1` in the environment.
"""

import html
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path

import pytest
from msgspec import structs

from tests.ui_world import (
    JAMMY,
    NEW,
    NEWEST,
    FakeCockpit,
    Settled,
    scale_set,
    settled,
    thousand,
    view,
    web,
)
from vmss_tui.fleet.scale_set import PolicyMode, ProvisioningState
from vmss_tui.ui.look import Glyphs, Look
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.policy import Policy
from vmss_tui.upgrade.selection import Selection

PICTURES = Path(__file__).parent.parent / "screenshots"
REWRITE = os.environ.get("VMSS_TUI_REWRITE_SCREENSHOTS") == "1"


def fleet() -> FakeCockpit:
    """A handful of scale sets, one with a live run."""
    cockpit = FakeCockpit()
    cockpit.listed = (
        scale_set("api-vmss", 24, location="westeurope"),
        scale_set("batch-vmss", 310, policy_mode=PolicyMode.ROLLING, vm_size="Standard_F8s_v2"),
        scale_set("edge-vmss", 6, location="northeurope", policy_mode=PolicyMode.AUTOMATIC),
        scale_set("shop-vmss", 1000),
        cockpit.snapshot.scale_set,
    )
    return cockpit


def upgrading() -> FakeCockpit:
    """A run in its second batch: the first domain done, the second moving."""
    cockpit = FakeCockpit(web(diagonal=False))
    plan = cockpit.plan(cockpit.snapshot, Selection(), Policy())
    done, moving = plan.batches[0].instance_ids, plan.batches[1].instance_ids
    run = cockpit.begin("web-vmss-7f3a", plan)
    run.add(
        ev.BatchIntent(number=1, row="UD 0", instance_ids=done, client_request_id="a"),
        ev.BatchAccepted(number=1, operation="https://x/operations/40bd9761-0000"),
        *(ev.InstancesUpgraded(instance_ids=done[at : at + 4]) for at in range(0, len(done), 4)),
        ev.BatchSettled(number=1, upgraded=len(done), failed=0, gone=0),
        ev.BatchIntent(number=2, row="UD 1", instance_ids=moving, client_request_id="b"),
        ev.BatchAccepted(number=2, operation="https://x/operations/fe47aa12-0000"),
        ev.InstancesUpgraded(instance_ids=moving[:3]),
    )
    upgraded = {*done, *moving[:3]}
    new = structs.replace(JAMMY, version=NEW, exact_version=NEW)
    instances = tuple(
        structs.replace(i, latest_model_applied=True, image=new)
        if i.instance_id in upgraded
        else structs.replace(i, provisioning=ProvisioningState.UPDATING)
        if i.instance_id in moving
        else i
        for i in cockpit.snapshot.instances
    )
    cockpit.first = view(replace(cockpit.snapshot, instances=instances))
    return cockpit


async def _edit(screen: Settled) -> None:
    await screen.press("E", *["backspace"] * len(NEW))
    await screen.write(NEWEST)


async def _plan(screen: Settled) -> None:
    await screen.press("a", "U")


async def _problem(screen: Settled) -> None:
    await screen.press("n")


async def _look(screen: Settled) -> None:
    await screen.rest()


@dataclass(frozen=True)
class Picture:
    """One picture: whose world, what size, what is pressed."""

    world: Callable[[], FakeCockpit]
    size: tuple[int, int] = (120, 32)
    act: Callable[[Settled], Awaitable[None]] = _look
    list_first: bool = False
    look: Look = field(default_factory=lambda: Look(zone=UTC))


ALL = {
    "list": Picture(fleet, (110, 16), list_first=True),
    "heatmap": Picture(lambda: FakeCockpit(web(diagonal=False)), act=_problem),
    "heatmap-1000": Picture(lambda: FakeCockpit(thousand()), (200, 60)),
    "run": Picture(upgrading),
    "editor": Picture(FakeCockpit, act=_edit),
    "plan": Picture(FakeCockpit, (120, 36), act=_plan),
    "80x24": Picture(FakeCockpit, (80, 24)),
    "ascii": Picture(upgrading, (100, 30), look=Look(glyphs=Glyphs.ASCII, zone=UTC)),
}


@pytest.mark.parametrize("name", list(ALL))
async def test_the_picture_is_what_the_program_draws(name: str) -> None:
    wanted = ALL[name]
    async with settled(
        wanted.world(), wanted.size, list_first=wanted.list_first, look=wanted.look
    ) as screen:
        await wanted.act(screen)
        screen.app.clear_notifications()
        await screen.rest()
        drawn = _steady(screen.app.export_screenshot(title="vmss-tui"))
    path = PICTURES / f"{name}.svg"
    if REWRITE:
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn


async def test_ascii_draws_no_character_beyond_ascii() -> None:
    wanted = ALL["ascii"]
    async with settled(wanted.world(), wanted.size, look=wanted.look) as screen:
        for key in ("n", "d", "question_mark", "escape", "A"):
            await screen.press(key)
            svg = screen.app.export_screenshot(title="vmss-tui")
            drawn = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
            assert {c for c in drawn if not c.isascii()} <= {"\xa0"}


def _steady(svg: str) -> str:
    """Without the number that names the picture's own styles."""
    return re.sub(r"terminal-\d+", "terminal", svg)
