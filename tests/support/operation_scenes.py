"""Sessions for instance operations: what to prepare, how to confirm, what was sent."""

from dataclasses import replace
from typing import Any

from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import web
from tests.support.pilot import DashboardPilot
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set import PowerState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import OperationPlan


def sent_plans(services: FakeServices) -> list[OperationPlan]:
    return services.instance_operations.begun


def with_changes(snapshot: Snapshot, ids: tuple[str, ...], **changes: Any) -> Snapshot:
    """The reading with these instances otherwise."""
    odd = tuple(
        structs.replace(i, **changes) if i.instance_id in ids else i for i in snapshot.instances
    )
    return replace(snapshot, instances=odd, taken_at=snapshot.taken_at)


def services_for(verb: OperationKind) -> FakeServices:
    """A world in which instance 0 has something to be asked for."""
    needs: dict[OperationKind, dict[str, Any]] = {
        OperationKind.START: {"power": PowerState.STOPPED, "health": None},
        OperationKind.UNPROTECT: {"protected_from_scale_in": True},
    }
    return FakeServices(with_changes(web(odd=False), ("0",), **needs.get(verb, {})))


async def confirm(screen: DashboardPilot, plan: OperationKind) -> None:
    """Types what the question wants."""
    if plan.destructive:
        await screen.press("tab")
        await screen.write("web-vmss")
        await screen.press("enter")
    else:
        await screen.press("y")
