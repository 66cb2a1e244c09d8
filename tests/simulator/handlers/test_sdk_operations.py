"""The SDK's own client performs every operation against the simulator."""

import inspect
from collections.abc import Iterator

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.mgmt.compute import models, operations

from tests.simulator.handlers.sdk_client import Operation, SdkClientFactory, sdk_client_factory
from tests.simulator.handlers.sdk_operations import (
    ALL_OPERATIONS,
    INSTANCE_OPERATIONS,
    NOT_SIMULATED,
    REQUIRED_INSTANCES,
    ROLLING_UPGRADE_OPERATIONS,
    SCALE_SET_OPERATIONS,
)
from tests.support.simulator_client import NEWEST


@pytest.fixture
def make_sdk_client() -> Iterator[SdkClientFactory]:
    """Makes clients, each with a simulator of its own."""
    with sdk_client_factory() as factory:
        yield factory


@pytest.mark.parametrize(
    ("operation", "scenario"),
    [
        pytest.param(operation, scenario, id=f"{group}-{name}")
        for group, name, operation, scenario in ALL_OPERATIONS
    ],
)
def test_an_operation_of_the_sdk_is_performed(
    make_sdk_client: SdkClientFactory, operation: Operation, scenario: str
) -> None:
    assert operation(make_sdk_client(scenario))


def test_every_operation_of_the_scale_set_groups_is_among_them() -> None:
    groups = (
        (operations.VirtualMachineScaleSetsOperations, SCALE_SET_OPERATIONS),
        (operations.VirtualMachineScaleSetVMsOperations, INSTANCE_OPERATIONS),
        (operations.VirtualMachineScaleSetRollingUpgradesOperations, ROLLING_UPGRADE_OPERATIONS),
    )
    for group, performed in groups:
        methods = {
            name
            for name, member in inspect.getmembers(group, inspect.isfunction)
            if not name.startswith("_")
        }
        assert methods - NOT_SIMULATED == performed.keys()
    print(f"{len(ALL_OPERATIONS)} operations of the SDK performed")  # noqa: T201


def test_the_sdk_performs_a_whole_upgrade(make_sdk_client: SdkClientFactory) -> None:
    client = make_sdk_client()
    client.sets.begin_update(*client.names, client.image(NEWEST)).result()
    before = client.instances()
    assert not any(vm.latest_model_applied for vm in before.values())
    for domain in range(5):
        ids = [
            key for key, vm in before.items() if vm.instance_view.platform_update_domain == domain
        ]
        batch = models.VirtualMachineScaleSetVMInstanceRequiredIDs(instance_ids=ids)
        client.sets.begin_update_instances(*client.names, batch).result()
    client.simulator.clock.advance(60)
    for vm in client.instances().values():
        assert vm.latest_model_applied
        assert vm.storage_profile.image_reference.exact_version == NEWEST
        assert vm.instance_view.vm_health.status.code == "HealthState/healthy"


def test_refusals_become_the_right_exceptions(make_sdk_client: SdkClientFactory) -> None:
    client = make_sdk_client()
    with pytest.raises(ResourceNotFoundError) as missing:
        client.sets.get("web-rg", "none")
    assert missing.value.error is not None
    assert missing.value.error.code == "ResourceNotFound"
    with pytest.raises(ResourceNotFoundError):
        client.vms.get(*client.names, "777")
    with pytest.raises(ResourceExistsError) as conflict:
        client.rolling.begin_cancel(*client.names)
    assert conflict.value.error is not None
    assert conflict.value.error.code == "OperationNotAllowed"
    with pytest.raises(ResourceModifiedError) as precondition:
        client.sets.begin_update(
            *client.names,
            client.image(NEWEST),
            etag='"1"',
            match_condition=MatchConditions.IfNotModified,
        )
    assert precondition.value.status_code == 412
    with pytest.raises(HttpResponseError) as invalid:
        client.sets.begin_restart(*client.names, {"instanceIds": ["777"]})
    assert invalid.value.status_code == 400
    assert invalid.value.error is not None
    assert invalid.value.error.target == "instanceIds"


def test_a_failed_operation_is_an_exception_of_its_poller(
    make_sdk_client: SdkClientFactory,
) -> None:
    client = make_sdk_client()
    client.simulator.world.faults.add({"instance": "boot_failure"})
    client.sets.begin_update(*client.names, client.image(NEWEST)).result()
    with pytest.raises(HttpResponseError) as failed:
        client.sets.begin_update_instances(*client.names, REQUIRED_INSTANCES).result()
    assert failed.value.error is not None
    assert failed.value.error.code == "OSProvisioningTimedOut"


def test_too_many_reads_are_refused_and_served_after_the_wait(
    make_sdk_client: SdkClientFactory,
) -> None:
    client = make_sdk_client()
    for _ in range(36):
        client.sets.get(*client.names)
    with pytest.raises(HttpResponseError) as throttled:
        client.sets.get(*client.names, retry_total=0)
    assert throttled.value.status_code == 429
    assert throttled.value.error is not None
    assert throttled.value.error.code == "OperationNotAllowed"
    assert client.sets.get(*client.names).name == "web-vmss"


def test_a_request_without_a_token_is_not_authenticated(make_sdk_client: SdkClientFactory) -> None:
    with pytest.raises(ClientAuthenticationError):
        make_sdk_client(header="").sets.get("web-rg", "web-vmss")
