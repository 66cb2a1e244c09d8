"""The run on screen: its state, its batch, why it has stopped."""

from datetime import UTC
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec import structs

from tests.support.fleets import JAMMY, NEW, NEWEST, NOON, view
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import halted_services, run_services
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.run.status_text import RunView, started_content
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.upgrade import events as ev


async def test_a_live_run_is_shown_whoever_started_it() -> None:
    async with run_dashboard(run_services()) as screen:
        title = screen.line("Run web-vmss-7f3a")
        assert "◐ Upgrading  batch 2 of 5" in title
        assert "16 of 77 upgraded" in title
        assert "by ops@bastion since 11:55" in screen.line("elapsed")
        strip = screen.line("1 · 16")
        assert "2 · 0/15" in strip
        assert "5 · 16" in strip
        assert "▶ 0:00" in screen.line("✓ 0:20")
        assert "2 of max 19" in screen.line("Unavailable")
        assert "0, stops at 1" in screen.line("Failed upgrades")
        assert "✓ batch 1 " in screen.line(" 16 upgraded")
        assert "p pause  A abort  e event log" in screen.text
        assert len(screen.board.batch_ids) == 15


def test_a_narrow_line_of_who_started_it_has_the_time_rather_than_the_user_id() -> None:
    overview = SimpleNamespace(
        by="maria@ops (uid 1000)", started_at=NOON, stopped_at=None, elapsed=240.0
    )
    shown = cast(RunView, SimpleNamespace(overview=overview, appearance=Appearance(zone=UTC)))
    assert started_content(shown).plain.startswith("by maria@ops (uid 1000) since ")
    assert started_content(shown, is_short=True).plain.startswith("by maria@ops since ")
    assert started_content(shown, is_short=True).plain.endswith("elapsed 4 min")


@pytest.mark.parametrize("size", [(40, 10), (60, 14)])
async def test_the_smallest_screens_say_the_cursors_instance_and_how_far_the_run_is(
    size: tuple[int, int],
) -> None:
    async with run_dashboard(run_services(), size=size) as screen:
        line = screen.line("◐ Upgrading")
        assert "batch 2 of 5" in line
        assert "16 of 77" in line
        assert ("0 latest model · running" in screen.text) is (size == (60, 14))
        if size == (60, 14):
            assert [f"UD {n}" in screen.text for n in range(5)] == [True] * 5
        assert ("p pause/resume" in screen.text) is (size == (60, 14))


async def test_a_high_screen_shows_every_id_and_more_of_the_runs_events() -> None:
    async with run_dashboard(run_services(), size=(200, 60)) as screen:
        assert all(f" {n} " in screen.text for n in range(95, 100))
        assert screen.heatmap.max_scroll_y == 0
        assert "confirmed by ops@bastion" in screen.text
        assert "Batch 2: 15 not complete" in screen.text


async def test_a_run_whose_worker_comes_up_is_not_called_abandoned() -> None:
    services = run_services()
    follower = services.run_control.followers["web-vmss-7f3a"]
    follower.records = []
    services.run_control.live_run = None
    async with run_dashboard(services) as screen:
        assert "Worker is starting" in screen.text
        assert "not running" not in screen.text


async def test_a_worker_that_could_not_write_its_journal_leaves_its_reason_on_the_screen() -> None:
    services = run_services()
    services.run_control.followers["web-vmss-7f3a"].failure = "journal.jsonl: the disk is full"
    services.run_control.live_run = None
    async with run_dashboard(services, size=(120, 36)) as screen:
        assert "✖ Worker ended: journal.jsonl: the disk is full" in screen.text
        assert "Nothing is lost: fix the cause above, then p resumes the run." in screen.text
        assert "p resume  A abort" in screen.text


async def test_a_halt_says_what_happened_and_what_is_safe_next() -> None:
    async with run_dashboard(run_services()) as screen:
        screen.services.run_control.followers["web-vmss-7f3a"].add(
            ev.Halted(reason="failure", message="instance 6 failed", safe_next="look at it")
        )
        await screen.rest()
        assert "✖ Halted  in batch 2 of 5" in screen.text
        assert "✖ instance 6 failed" in screen.text
        assert "46 instances are untouched. Nothing more happens until you decide." in screen.text
        assert "p resume  A abort" in screen.text


async def test_the_open_batch_shows_its_time_and_names_slow_instances() -> None:
    async with run_dashboard(run_services()) as screen:
        run = screen.services.run_control.followers["web-vmss-7f3a"]
        first, *others = run.folder.manifest.plan.batches[1].instance_ids
        assert f"◐ {1 + len(others)} not complete after 0 s" in screen.text
        run.seconds_since_record[0] = 60.0
        await screen.rest()
        assert "15 not complete after 60 s" in screen.text
        assert "▶ 1:00" in screen.text
        run.add(ev.InstancesUpgraded(instance_ids=tuple(others)))
        run.seconds_since_record[0] = 200.0
        await screen.rest()
        assert f"slow: {first} for 3:40" in screen.line("1 not complete after 4 min")
        assert "14 of 15 upgraded" in screen.text


async def test_an_earlier_run_that_is_over_does_not_clutter_the_screen() -> None:
    services = run_services()
    services.run_control.live_run = None
    services.run_control.followers["web-vmss-7f3a"].add(
        ev.Completed(upgraded=77, failed=0, gone=0, skipped=0)
    )
    async with run_dashboard(services) as screen:
        assert not screen.is_shown(RunPanel)


async def test_an_upgraded_instance_changes_its_glyph_and_its_row_counts_it() -> None:
    async with run_dashboard() as screen:
        now = screen.services.snapshot
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
        assert screen.line("UD 1").count("◐") == 20
        assert "31 latest model" in screen.text


async def test_a_halted_run_is_on_screen_when_the_set_is_opened_and_says_which_keys_help() -> None:
    services = halted_services(Edit(image_version=NEWEST))
    services.run_control.live_run = None
    async with run_dashboard(services, (80, 24)) as screen:
        assert "✖ instance 20 failed" in screen.text
        assert "p resume  F retry 1 failed  V roll back 1  A abort" in screen.text


async def test_however_long_the_reason_is_the_keys_that_help_stay_on_screen() -> None:
    services = halted_services(message="Azure refused: " + "no platform image like this " * 20)
    services.run_control.live_run = None
    async with run_dashboard(services, (80, 24)) as screen:
        assert "Azure refused: no platform image" in screen.text
        assert "…" in screen.line("Azure refused: no platform image")
        assert "p resume  F retry 1 failed  A abort" in screen.text
        await screen.pilot.resize_terminal(40, 24)
        await screen.rest()
        assert "p resume  F retry 1 failed" in screen.text


async def test_a_reverted_run_is_told_from_a_completed_one() -> None:
    services = halted_services(Edit(image_version=NEWEST))
    run = services.run_control.followers["web-vmss-7f3a"]
    ids = ("20",)
    run.add(
        ev.RevertRequested(by="ops"),
        ev.RevertStarted(instance_ids=ids),
        ev.ModelPinned(digest="d0", image="as before", exact_version=NEW),
        ev.BatchIntent(number=2, row="UD 0", instance_ids=ids, client_request_id="b"),
        ev.BatchAccepted(number=2),
    )
    async with run_dashboard(services, (160, 50)) as screen:
        assert "◐ Rolling back  roll-back batch 1 · UD 0" in screen.text
        assert "0 of 1 rolled back" in screen.text
        run.add(
            ev.InstancesUpgraded(instance_ids=ids),
            ev.BatchSettled(number=2, upgraded=1, failed=0, gone=0),
            ev.Completed(upgraded=1, failed=0, gone=0, skipped=0, reverted=True),
        )
        await screen.wait_until(lambda: "✓ Rolled back" in screen.text)
        line = screen.line("Run web-vmss-7f3a")
        assert "1 of 1 rolled back" in line
        assert "batch 2 of" not in line
        assert "Completed" not in screen.text
        assert "on the previous model" in screen.text
        await screen.press("V")
        assert "it is rolled back already" in screen.text
