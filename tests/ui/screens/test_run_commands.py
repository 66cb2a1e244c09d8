"""Commands for the run on screen, from the key to the intent."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEW, NEWEST, NOON, OLD, instance, view, web
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import halted_services, run_services
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import Health
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


async def test_p_pauses_a_run_and_resumes_it() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("p")
        assert screen.services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.PAUSE)]
        screen.services.run_control.followers["web-vmss-7f3a"].add(
            ev.Paused(reason="asked", message="asked by ops", by="ops")
        )
        await screen.rest()
        assert "Paused" in screen.text
        assert "asked by ops" in screen.text
        assert "p resume  A abort" in screen.text
        await screen.press("p")
        assert screen.services.run_control.intents[-1] == ("web-vmss-7f3a", ev.IntentKind.RESUME)
        assert "Run web-vmss-7f3a continues" in screen.text
        assert "is started" not in screen.text


async def test_a_checkpoint_is_passed_with_a_dot() -> None:
    async with run_dashboard(run_services()) as screen:
        screen.services.run_control.followers["web-vmss-7f3a"].add(
            ev.CheckpointReached(percent=25),
            ev.Paused(reason="checkpoint", message="checkpoint 25%: waits for a person"),
        )
        await screen.rest()
        assert ". approves batch 3: 16 instances" in screen.text
        assert ". approve  A abort" in screen.text
        await screen.press("full_stop")
        assert screen.services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.PROMOTE)]


async def test_abort_says_what_goes_on_and_asks() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("A")
        assert "Azure continues with 15 " in screen.text
        await screen.press("enter")
        assert screen.services.run_control.intents == []
        await screen.press("A", "y")
        assert screen.services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.ABORT)]


async def test_the_numbers_of_a_question_about_a_run_follow_the_run() -> None:
    services = run_services()
    run = services.run_control.followers["web-vmss-7f3a"]
    async with run_dashboard(services) as screen:
        await screen.press("A")
        assert "16 of 77 instances are complete" in screen.text
        members = run.records[-1].body
        assert isinstance(members, ev.BatchIntent)
        run.add(ev.InstancesUpgraded(instance_ids=members.instance_ids[:4]))
        await screen.wait_until(lambda: "20 of 77 instances are complete" in screen.text)


async def test_a_question_about_aborting_closes_when_the_run_is_over() -> None:
    services = run_services()
    async with run_dashboard(services) as screen:
        await screen.press("A")
        services.run_control.followers["web-vmss-7f3a"].add(ev.Aborted(by="another"))
        await screen.wait_until(lambda: not isinstance(screen.app.screen, ConfirmScreen))
        assert "Run web-vmss-7f3a has ended (Aborted)" in screen.text
        assert services.run_control.intents == []


async def test_taking_a_run_over_wants_its_id_typed() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("colon")
        await screen.search_palette("force takeover")
        await screen.press("enter")
        assert "Force takeover of run web-vmss-7f3a?" in screen.text
        assert "Press tab, type" in screen.text
        await screen.press("y", "enter", "colon")
        assert screen.services.run_control.intents == []
        await screen.search_palette("force takeover")
        await screen.press("enter", "tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert "Name does not match: type web-vmss-7f3a" in screen.text
        await screen.type_text("-7f3a")
        await screen.press("enter")
        assert screen.services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.TAKE_OVER)]


async def test_a_silent_worker_is_shown_with_its_last_sign_of_life_and_the_remedy() -> None:
    services = run_services()
    async with run_dashboard(services) as screen:
        assert "no heartbeat" not in screen.text
        services.run_control.followers["web-vmss-7f3a"].silent_since_times.append(
            NOON - timedelta(minutes=2)
        )
        await screen.rest()
        assert "Worker: no heartbeat since 12:02:31" in screen.text
        assert "Force takeover gives the run another worker." in screen.text
        await screen.press("p")
        assert "once its worker responds again" in " ".join(screen.text.split())
        await screen.press("colon")
        await screen.search_palette("force takeover")
        await screen.press("enter")
        assert isinstance(screen.app.screen, ConfirmScreen)
        question = screen.app.screen.question.body.plain
        assert "Run web-vmss-7f3a, pid 4711 of ops on bastion, running since 2025-11-14" in question
        assert "no heartbeat since 12:02:31." in question


async def test_while_a_run_is_live_nothing_else_is_started() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("U")
        assert "A run is live on this scale set: let it end, or abort it (A), first" in screen.text


async def test_f_upper_retries_exactly_the_failed_instances() -> None:
    services = halted_services()
    async with run_dashboard(services) as screen:
        await screen.press("F")
        assert "Retry 1 failed instance of run web-vmss-7f3a?" in screen.text
        assert "1 instance: 20" in screen.line("Upgrade again")
        assert "✖ batch 1" in screen.text
        await screen.press("enter")
        assert services.run_control.intents == []
        await screen.press("F", "y")
        assert services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.RETRY)]
        assert services.run_control.retried_ids == ("20",)


async def test_a_retry_names_instances_that_are_only_waited_for() -> None:
    services = halted_services()
    there = structs.replace(instance(20, current=True, domain=0, fault=0), health=Health.UNHEALTHY)
    others = tuple(i for i in services.snapshot.instances if i.instance_id != "20")
    services.first = view(replace(services.snapshot, instances=(*others, there)))
    async with run_dashboard(services) as screen:
        await screen.press("F")
        assert "Upgrade again" not in screen.text
        assert "1 instance: 20" in screen.line("Observe again")
        assert "latest model applied already: no request, only a new timeout" in screen.text


async def test_v_upper_puts_the_previous_model_back_and_needs_the_sets_name() -> None:
    services = halted_services(Edit(image_version=NEWEST))
    async with run_dashboard(services) as screen:
        await screen.press("V")
        assert "Roll back run web-vmss-7f3a?" in screen.text
        assert NEWEST in screen.text
        assert "1 instance: 20" in screen.line("  Roll back ")
        assert "Press tab, type web-vmss, press enter" in screen.text
        await screen.press("y", "tab")
        assert services.run_control.intents == []
        await screen.type_text("web-vmss")
        await screen.press("enter")
        assert services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.REVERT)]


async def test_the_question_of_a_revert_points_back_and_counts_what_instances_really_run() -> None:
    services = FakeServices(web(odd=False))
    plan = services.planner.plan(
        services.snapshot, Selection(), Policy(), Edit(image_version=NEWEST)
    )
    assert plan.edit is not None
    plan = structs.replace(plan, edit=structs.replace(plan.edit, undo={"sku": {}}))
    first = plan.batches[0].instance_ids[:2]
    services.run_control.begin("web-vmss-7f3a", plan).add(
        ev.BatchIntent(number=1, row="UD 0", instance_ids=first, client_request_id="a"),
        ev.BatchAccepted(number=1),
        ev.InstancesFailed(instance_ids=first, message="never healthy"),
        ev.BatchSettled(number=1, upgraded=0, failed=2, gone=0),
        ev.Halted(reason="failures", message="two failed", instance_ids=first),
    )
    async with run_dashboard(services, size=(160, 50)) as screen:
        await screen.press("V")
        assert f"{NEWEST} → {NEW}" in screen.line("imageReference.version")
        assert "98 instances: " in screen.line("Not changed")
        by_id = services.snapshot.by_id
        images = (by_id[i].image for i in plan.instance_ids if i not in first)
        left = Counter(image.version for image in images if image)
        assert left.total() == 98
        assert f"{left[NEW]} run {NEW}, {left[OLD]} run {OLD}" in screen.text


async def test_a_run_without_an_edit_has_nothing_to_revert() -> None:
    async with run_dashboard(halted_services()) as screen:
        await screen.press("V")
        assert "did not edit the model" in screen.text
