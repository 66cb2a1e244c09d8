"""The machines of a Flexible scale set, as a client lists them."""

from typing import Any

from tests.support.simulator_client import SimulatorClient


def machine_path(client: SimulatorClient, name: str = "") -> str:
    """The path of a machine in the group of the client's scale set; without a name of all."""
    group = client.set_path.partition("/providers/")[0]
    return f"{group}/providers/Microsoft.Compute/virtualMachines/{name}".rstrip("/")


def list_machines(client: SimulatorClient) -> dict[str, Any]:
    """The machines of the client's scale set with their views, by name."""
    query = f"$filter='virtualMachineScaleSet/id' eq '{client.set_path}'&$expand=instanceView"
    page = client.send("GET", machine_path(client), query=query).json()
    assert "nextLink" not in page
    return {machine["name"]: machine for machine in page["value"]}


def machine_sizes(client: SimulatorClient) -> dict[str, str]:
    """The size of every machine, by name."""
    return {
        name: machine["properties"]["hardwareProfile"]["vmSize"]
        for name, machine in list_machines(client).items()
    }
