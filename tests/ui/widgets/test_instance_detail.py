"""The detail pane: how it lays out what does not fit."""

from dataclasses import replace

import msgspec

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import NOON, web
from tests.support.pilot import settled
from vmss_tui.fleet.scale_set import ComponentStatus, Status


async def test_long_facts_go_on_below_their_words_and_a_time_is_never_torn() -> None:
    snapshot = web(odd=False)
    first = snapshot.instances[0]
    disk = ComponentStatus(
        "web-vmss_web-vmss_0_OsDisk_1_d7dc710", "1", (Status("x/Succeeded", at=NOON),)
    )
    odd = msgspec.structs.replace(
        first, os_name="Microsoft Windows Server 2022 Datacenter Azure Edition", disks=(disk,)
    )
    cockpit = FakeCockpit(replace(snapshot, instances=(odd, *snapshot.instances[1:])))
    async with settled(cockpit, size=(120, 50)) as screen:
        lines = [line.partition("│")[2] for line in screen.text.split("\n")]
    place = next(number for number, line in enumerate(lines) if "system " in line)
    assert lines[place + 1].startswith(" " * 12), lines[place + 1]
    assert "Edition 22.04" in lines[place + 2]
    named = next(number for number, line in enumerate(lines) if "OsDisk" in line)
    assert lines[named + 1].strip() == "1  14 Nov 12:04"
