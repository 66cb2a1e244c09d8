"""The Azure SDK's own client of a simulator: its models, pollers, paging and exceptions.

Its waits move the simulated time instead of passing, so that long-running operations end at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport._requests_basic import RequestsTransport
from azure.mgmt.compute import ComputeManagementClient, models

from vmss_tui.simulator.server import Simulator


class SimulatedTimeTransport(RequestsTransport):
    """Advances the simulated time where the SDK would sleep."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self.simulator = simulator

    def sleep(self, duration: float) -> None:
        """Called by pollers and by retries."""
        self.simulator.clock.advance(duration)


class TokenPolicy(SansIOHTTPPolicy[Any, Any]):
    """Adds a token to requests over plain HTTP, which the SDK's own policy refuses to do."""

    def __init__(self, header: str = "Bearer any") -> None:
        self.header = header

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Called before a request is sent."""
        request.http_request.headers["Authorization"] = self.header


class UnusedCredential:
    """A credential that the client requires and never uses."""

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Never called."""
        raise AssertionError(scopes)


class SdkClient:
    """The SDK's client of one scenario, and the names of its first scale set."""

    def __init__(self, scenario: str, **options: Any) -> None:
        self.header = options.pop("header", "Bearer any")
        self.simulator = Simulator(scenario, **{"speed": 0, "page_size": 30, **options})
        self.simulator.start()
        self.client = ComputeManagementClient(
            UnusedCredential(),
            self.simulator.subscription_id,
            base_url=self.simulator.endpoint,
            authentication_policy=TokenPolicy(self.header),
            transport=SimulatedTimeTransport(self.simulator),
            polling_interval=5,
        )
        group, _, name = self.simulator.scale_sets[0].partition("/")
        self.names = (group, name)
        self.sets = self.client.virtual_machine_scale_sets
        self.vms = self.client.virtual_machine_scale_set_vms
        self.rolling = self.client.virtual_machine_scale_set_rolling_upgrades
        self.machines = self.client.virtual_machines

    def close(self) -> None:
        self.client.close()
        self.simulator.stop()

    def instances(self) -> dict[str, Any]:
        vms = self.vms.list(*self.names, expand="instanceView")
        return {str(vm.instance_id): vm for vm in vms}

    def machine(self, scale_set: str = "spot-vmss") -> str:
        """The name of the first machine of a Flexible set."""
        stubs = self.vms.list(self.names[0], scale_set)
        return str(next(iter(stubs)).name)

    def image(self, version: str) -> Any:
        """The body of an update of the image version."""
        reference = models.ImageReference(version=version)
        storage = models.VirtualMachineScaleSetUpdateStorageProfile(image_reference=reference)
        profile = models.VirtualMachineScaleSetUpdateVMProfile(storage_profile=storage)
        properties = models.VirtualMachineScaleSetUpdateProperties(virtual_machine_profile=profile)
        return models.VirtualMachineScaleSetUpdate(properties=properties)


Operation = Callable[[SdkClient], Any]
"""A call of one SDK operation; the result is true if it succeeded."""

SdkClientFactory = Callable[..., SdkClient]


@contextmanager
def sdk_client_factory() -> Iterator[SdkClientFactory]:
    """Makes clients, each with a simulator of its own; closes all of them at the end."""
    clients: list[SdkClient] = []

    def make_client(scenario: str = "web-100", **options: Any) -> SdkClient:
        clients.append(SdkClient(scenario, **options))
        return clients[-1]

    yield make_client
    for client in clients:
        client.close()
