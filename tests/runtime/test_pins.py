"""Scale sets on the keys 1 to 9: kept on disk, by the Azure that they belong to."""

import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.support.fake_session import FakeServices
from tests.support.fleets import CONTEXT, scale_set
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import three_set_services
from vmss_tui.cli.commands.dashboard import check_keys
from vmss_tui.config import ConfigError, load
from vmss_tui.runtime.storage.pins import MAX_PINS, Pins, TooManyPins

WEB, API = scale_set("web-vmss").id, scale_set("api-vmss").id
DEMO = replace(CONTEXT, endpoint="http://127.0.0.1:4711", demo=True)


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    """None yet."""
    return Pins(tmp_path / "pins.json")


def test_a_set_is_pinned_on_the_next_key_and_the_rest_move_up(pins: Pins) -> None:
    assert pins.toggle(CONTEXT, WEB) == 1
    assert pins.toggle(CONTEXT, API) == 2
    assert pins.toggle(CONTEXT, WEB) is None
    assert pins.key_number(CONTEXT, API) == 1


def test_pins_are_there_for_the_next_session_and_for_nobody_else(
    pins: Pins, tmp_path: Path
) -> None:
    pins.toggle(CONTEXT, WEB)
    assert Pins(tmp_path / "pins.json").all(CONTEXT) == (WEB,)
    assert stat.S_IMODE((tmp_path / "pins.json").stat().st_mode) == 0o600


def test_the_demos_pins_are_its_own_at_whatever_port_it_listens(pins: Pins) -> None:
    pins.toggle(DEMO, WEB)
    assert pins.all(CONTEXT) == ()
    assert pins.all(replace(DEMO, endpoint="http://127.0.0.1:9999")) == (WEB,)


def test_there_are_nine_keys(pins: Pins) -> None:
    for number in range(MAX_PINS):
        pins.toggle(CONTEXT, scale_set(f"s{number}-vmss").id)
    with pytest.raises(TooManyPins, match="all nine keys are in use"):
        pins.toggle(CONTEXT, WEB)
    assert len(pins.all(CONTEXT)) == MAX_PINS


@pytest.mark.parametrize("damage", ["{", '{"https://management.azure.com": ["no id", 5]}', "[]"])
def test_a_damaged_file_pins_nothing(pins: Pins, tmp_path: Path, damage: str) -> None:
    (tmp_path / "pins.json").write_text(damage)
    assert pins.all(CONTEXT) == ()
    assert pins.toggle(CONTEXT, WEB) == 1


async def test_the_palette_pins_a_set_and_its_key_goes_to_it_from_anywhere() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press("j", "j", "colon")
        await screen.search_palette("pin or")
        await screen.press("enter")
        assert "web-vmss is pinned on 1" in screen.text
        assert screen.line("web-vmss").split()[1:4] == ["1", "web-vmss", "web-rg"]
        await screen.press("g", "enter")
        assert screen.scale_set.name == "api-vmss"
        await screen.press("1")
        assert screen.scale_set.name == "web-vmss"
        await screen.press("q", "1")
        assert screen.scale_set.name == "web-vmss"


async def test_x_takes_a_pin_off_and_an_empty_key_says_how_to_fill_it() -> None:
    services = FakeServices()
    services.pins.toggle(services.context, services.snapshot.scale_set.id)
    async with run_dashboard(services) as screen:
        await screen.press("1")
        assert "web-vmss is on screen already" in screen.text
        await screen.press("x")
        await screen.search_palette("unpin")
        await screen.press("enter")
        assert "web-vmss is unpinned" in screen.text
        await screen.press("1")
        assert "No scale set is pinned on 1: pin one with : and then pin" in screen.text


def test_the_nine_keys_cannot_be_moved_and_the_settings_say_so(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("keys:\n  pinned: f1\n")
    with pytest.raises(ConfigError, match="pinned has nine keys that cannot be changed"):
        check_keys(load(path))


def test_what_has_no_key_can_be_given_one(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("keys:\n  pin: f1\n")
    settings = load(path)
    check_keys(settings)
    assert settings.keys == {"pin": "f1"}


async def test_a_key_that_the_settings_give_pins() -> None:
    async with run_dashboard(keys={"pin": "f1"}) as screen:
        await screen.press("f1")
        assert "web-vmss is pinned on 1" in screen.text
