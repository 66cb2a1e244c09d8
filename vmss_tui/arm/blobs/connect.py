"""Builds the client of a container: sign-in, policies and transport."""

from collections.abc import Callable

from azure.core import PipelineClient
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from vmss_tui import __version__
from vmss_tui.arm.blobs.address import parse_container_url
from vmss_tui.arm.blobs.container import ATTEMPT_TIMEOUT, AzureContainer
from vmss_tui.arm.transport.client import Policy
from vmss_tui.arm.transport.clouds import choose_cloud
from vmss_tui.arm.transport.credentials import (
    CachedCredential,
    SimulatorCredential,
    create_credential,
)
from vmss_tui.arm.transport.exchange import tracked_session
from vmss_tui.arm.transport.pipeline import AuthenticationPolicy, HostPolicy, Origin

_FETCH_MARGIN = 30.0


def connect_container(
    url: str,
    *,
    cloud: str = "public",
    authority: str | None = None,
    credential: str = "cli",
    tenant_id: str = "",
    process_timeout: int = 60,
    prompt: Callable[[str], None] = lambda _message: None,
    wait: Callable[[float], object] | None = None,
    attempt_timeout: float = ATTEMPT_TIMEOUT,
) -> AzureContainer:
    """A client of the container at `url`; sends nothing yet. Raises `InvalidSetting`.

    An http container on loopback (a simulator) gets no token of Azure's.
    """
    address = parse_container_url(url)
    cached_credential = CachedCredential(
        SimulatorCredential()
        if address.is_simulator
        else create_credential(
            credential,
            choose_cloud(cloud, None, authority),
            tenant_id,
            process_timeout=process_timeout,
            prompt=prompt,
        ),
        fetch_timeout=process_timeout + _FETCH_MARGIN,
    )
    policies: list[Policy] = [
        UserAgentPolicy(user_agent=f"vmss-tui/{__version__}"),
        HostPolicy(Origin.of(address.url)),
        AuthenticationPolicy(),
    ]
    pipeline = Pipeline[HttpRequest, HttpResponse](
        RequestsTransport(session=tracked_session(use_env_settings=not address.is_simulator)),
        policies,
    )
    client = PipelineClient[HttpRequest, HttpResponse](address.url, pipeline=pipeline)
    return AzureContainer(address.url, client, cached_credential, wait, attempt_timeout)
