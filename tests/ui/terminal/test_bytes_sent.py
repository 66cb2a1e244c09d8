"""The number of bytes that a reading sends to the terminal, as over an SSH connection."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from rich.color import ColorSystem
from rich.style import Style
from textual.drivers.headless_driver import HeadlessDriver
from textual.strip import Strip

from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.snapshot import Snapshot

UNCHANGED = 100
"""Bytes of a reading that changes only the clock."""
ONE_CELL = 300
"""Bytes of one changed cell, with all counts that include it."""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a driver writes to a terminal with 256 colours."""
    written: list[str] = []
    render = Strip.render_style

    def afresh(style: Style, text: str, color_system: ColorSystem) -> str:
        """Drops the codes that a style has cached for the terminal of an earlier test."""
        style._ansi = None
        return render(style, text, color_system)

    monkeypatch.setattr(Strip, "render_style", staticmethod(afresh))
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _driver, data: written.append(data))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)
    return written


def later(snapshot: Snapshot, seconds: int = 6) -> Snapshot:
    """The same snapshot, read later."""
    return replace(snapshot, taken_at=snapshot.taken_at + timedelta(seconds=seconds))


def bytes_of(written: list[str]) -> int:
    """The number of bytes written, as UTF-8; clears the record."""
    text = "".join(written)
    written.clear()
    return len(text.encode())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_an_unchanged_reading_costs_a_clock(
    written: list[str], size: tuple[int, int]
) -> None:
    services = FakeServices(thousand())
    async with run_dashboard(services, size=size) as screen:
        written.clear()
        await screen.report(view(later(services.snapshot)))
        assert 0 < bytes_of(written) <= UNCHANGED


async def test_a_screen_at_rest_writes_nothing(written: list[str]) -> None:
    async with run_dashboard() as screen:
        written.clear()
        await screen.rest()
        assert bytes_of(written) == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_one_changed_cell_costs_itself_and_its_counts(
    written: list[str], size: tuple[int, int]
) -> None:
    services = FakeServices(web(odd=False))
    async with run_dashboard(services, size=size) as screen:
        written.clear()
        changed = structs.replace(services.snapshot.by_id["52"], latest_model_applied=True)
        instances = tuple(
            changed if i.instance_id == "52" else i for i in services.snapshot.instances
        )
        await screen.report(view(later(replace(services.snapshot, instances=instances))))
        sent = list(written)
        assert bytes_of(written) <= ONE_CELL, sent
