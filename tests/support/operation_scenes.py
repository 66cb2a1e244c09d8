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
    """The plans of the operations that were sent."""
    return services.instance_operations.plans


def with_changes(snapshot: Snapshot, ids: tuple[str, ...], **changes: Any) -> Snapshot:
    """The snapshot with changes to these instances."""
    odd = tuple(
        structs.replace(i, **changes) if i.instance_id in ids else i for i in snapshot.instances
    )
    return replace(snapshot, instances=odd, taken_at=snapshot.taken_at)


def services_for(verb: OperationKind) -> FakeServices:
    """A session in which the operation can be applied to instance 0."""
    needs: dict[OperationKind, dict[str, Any]] = {
        OperationKind.START: {"power": PowerState.STOPPED, "health": None},
        OperationKind.UNPROTECT: {"protected_from_scale_in": True},
    }
    return FakeServices(with_changes(web(odd=False), ("0",), **needs.get(verb, {})))


async def confirm(screen: DashboardPilot, plan: OperationKind) -> None:
    """Confirms the question, by the name of the scale set where that is required."""
    if plan.destructive:
        await screen.press("tab")
        await screen.type_text("web-vmss")
        await screen.press("enter")
    else:
        await screen.press("y")
