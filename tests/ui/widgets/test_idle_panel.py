"""The pane of a scale set without a run."""

from dataclasses import replace

import msgspec

from tests.support.fake_session import FakeServices
from tests.support.fleets import view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.scale_set import Instance, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot

WHOLE = web(2, odd=False)


def reading(*models: bool | None) -> Snapshot:
    """One instance for each: whether it has the latest model. All are being updated."""
    first = WHOLE.instances[0]
    provisioning = ProvisioningState.UPDATING

    def instance(number: int, model: bool | None) -> Instance:
        return msgspec.structs.replace(
            first, instance_id=str(number), latest_model_applied=model, provisioning=provisioning
        )

    instances = tuple(instance(number, model) for number, model in enumerate(models))
    return replace(WHOLE, instances=instances)


async def test_only_instances_known_to_have_the_latest_model_are_counted_as_such() -> None:
    async with run_dashboard(FakeServices(WHOLE), size=(120, 40)) as screen:
        for models, expected in (
            ((True,), "1 instance has the latest model"),
            ((True, True), "All 2 instances have the latest model"),
            ((True, False), "2 instances, 1 not on latest model"),
            ((True, None), "2 instances, 1 model unknown"),
        ):
            await screen.report(view(reading(*models)))
            assert screen.line(expected).strip("│ ") == expected
