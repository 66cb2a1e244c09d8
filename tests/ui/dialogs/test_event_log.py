"""The event and command log: events, requests, and the equivalent `az` commands."""

from datetime import timedelta

from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEWEST, NOON, scale_set
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import run_services
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.ui.text.event_log import MAX_LINES, LogLine, merge_lines, operation_lines, run_lines
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Run

AT = scale_set().id
REQUEST = OperationRecord(
    at=NOON.isoformat(),
    scale_set=AT.resource_id,
    request_id="r1",
    by="ops@bastion",
    verb="patch",
    body={"sku": {"name": "Standard_D8s_v5"}},
)
REFUSED = OperationRecord(
    at=(NOON + timedelta(seconds=2)).isoformat(),
    scale_set=AT.resource_id,
    request_id="r1",
    answer="refused",
    message="quota exceeded",
)


def test_a_write_outside_runs_says_who_what_and_what_came_of_it() -> None:
    request, reply = operation_lines(AT, [REQUEST, REFUSED])
    assert request.text == "ops@bastion: model edit"
    assert request.az == ("az vmss update -g web-rg -n web-vmss --set sku.name=Standard_D8s_v5",)
    assert reply.text == "model edit: refused: quota exceeded"
    assert (request.is_problem, reply.is_problem) == (False, True)


def test_an_operation_on_instances_names_them_and_has_a_line_for_each_request() -> None:
    power = structs.replace(
        REQUEST, verb="power-off", body=None, instance_ids=("4", "9"), az=("az one", "az two")
    )
    (line,) = operation_lines(AT, [power])
    assert line.text == "ops@bastion: power off of 2 instances (4, 9)"
    assert line.az == ("az one", "az two")


def test_writes_to_other_sets_are_not_in_this_ones_log() -> None:
    elsewhere = structs.replace(AT, name="api-vmss")
    assert list(operation_lines(elsewhere, [REQUEST, REFUSED])) == []


def test_run_and_writes_stand_in_one_order_of_time_and_the_oldest_give_way() -> None:
    record = ev.Record(
        seq=1, at=(NOON + timedelta(seconds=1)).isoformat(), t=0.0,
        body=ev.BatchIntent(number=1, row="UD 0", instance_ids=("4",), client_request_id="c"),
    )  # fmt: skip
    lines = merge_lines(run_lines(AT, [record], Run()), operation_lines(AT, [REQUEST, REFUSED]))
    assert [line.text.split(":")[0] for line in lines] == ["ops@bastion", "batch 1", "model edit"]
    assert lines[1].az == ("az vmss update-instances -g web-rg -n web-vmss --instance-ids 4",)
    many = [LogLine(NOON.isoformat(), str(number)) for number in range(MAX_LINES + 5)]
    assert merge_lines(many)[0].text == "5"


async def test_e_shows_events_with_the_az_line_of_each_act_and_the_cells_stay_in_sight() -> None:
    services = run_services()
    services.operations_log.records = (
        structs.replace(REQUEST, at=(NOON - timedelta(hours=1)).isoformat()),
    )
    async with run_dashboard(services) as screen:
        await screen.press("e")
        assert "Event log: web-rg/web-vmss" in screen.text
        assert "ops@bastion: model edit" in screen.text
        assert "az vmss update-instances -g web-rg -n web-vmss --instance-ids 21 26" in screen.text
        assert "UD 0    4/20" in screen.text
        await screen.press("e")
        assert "Event log:" not in screen.text


async def test_the_log_grows_while_it_is_open() -> None:
    services = run_services()
    async with run_dashboard(services) as screen:
        await screen.press("e")
        services.run_control.followers["web-vmss-7f3a"].add(
            ev.InstancesFailed(instance_ids=("21",), message="OSProvisioningTimedOut")
        )
        await screen.rest()
        await screen.rest()
        log = screen.text.partition("Event log:")[2]
        assert "instance 21 failed: OSProvisioningTimedOut" in log


async def test_what_is_too_long_goes_on_below_the_words_at_every_width() -> None:
    services = FakeServices()
    services.operations_log.records = (structs.replace(REFUSED, message="quota " * 30),)
    async with run_dashboard(services) as screen:
        await screen.press("e")
        for width in (120, 60, 90):
            await screen.pilot.resize_terminal(width, 30)
            await screen.rest()
            lines = [line for line in screen.text.split("\n") if "quota" in line]
            starts = {line.index("quota") for line in lines[1:]}
            assert len(starts) == 1, screen.text
            assert lines[0].index("a write") in starts
            assert max(len(line) for line in lines) > width * 3 // 4


async def test_without_anything_asked_the_log_says_so() -> None:
    async with run_dashboard(FakeServices(), (80, 24)) as screen:
        await screen.press("e")
        assert "No requests and no events in this session yet." in screen.text
        await screen.press("escape")
        assert "UD 3" in screen.text


async def test_hostile_words_of_azure_stay_words_in_the_log() -> None:
    services = FakeServices()
    services.operations_log.records = (
        REQUEST,
        structs.replace(REFUSED, message="[/red] [@click=app.quit]x\x1b[2J"),
    )
    async with run_dashboard(services) as screen:
        await screen.press("e")
        assert "[/red] [@click=app.quit]x" in screen.text
        assert "\x1b" not in screen.text


def test_an_edit_that_waits_for_its_answer_is_in_the_log_already() -> None:
    (line,) = operation_lines(AT, [structs.replace(REQUEST, body={"sku": {"name": NEWEST}})])
    assert NEWEST in line.az[0]
