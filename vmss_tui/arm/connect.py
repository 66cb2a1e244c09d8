"""Puts the gateway together: cloud, credential, the SDK's client with our rules in it."""

import gc
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from azure.core.pipeline.policies import UserAgentPolicy
from azure.mgmt.compute import ComputeManagementClient

from vmss_tui import __version__
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport.clouds import choose_cloud
from vmss_tui.arm.transport.credentials import CachedCredential, create_credential
from vmss_tui.arm.transport.pipeline import HostPolicy, RetryPolicy, ReadOnlyPolicy, AuthenticationPolicy
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.gateway import AzureContext

NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

_READ_BLOCK_SIZE = 1 << 20
"""Bytes per read of a body; the SDK's 4,096 cost more than decoding what is in them."""


def utc_now() -> datetime:
    """The wall clock, for people."""
    return datetime.now(UTC)


def connect(
    *,
    cloud: str = "public",
    endpoint: str | None = None,
    authority: str | None = None,
    credential: str = "cli",
    tenant_id: str = "",
    subscription_id: str = "",
    read_only: bool = False,
    demo: bool = False,
    process_timeout: int = 60,
    prompt: Callable[[str], None] = lambda _words: None,
    retry_policy: RetryPolicy | None = None,
    read_timeout: float = 60.0,
    monotonic: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = utc_now,
) -> ArmGateway:
    """A gateway to Azure, or to a simulator where `endpoint` is http on loopback.

    Sends nothing yet and fetches no token. Raises `BadSetting` for settings that contradict each
    other. `monotonic` should count while the machine sleeps; a read waits through `patience`.
    `prompt` is told what a person has to do for device-code.

    The SDK's own list of policies is not taken: it sends again by itself, follows redirects and
    registers providers, all behind the caller's back.
    """
    target_cloud = choose_cloud(cloud, endpoint, authority)
    is_simulator = target_cloud.name == "simulator"
    credential_kind = "simulator" if is_simulator else credential
    cached_credential = CachedCredential(
        create_credential(credential_kind, target_cloud, tenant_id, process_timeout=process_timeout, prompt=prompt)
    )
    paths = ArmUrls(target_cloud.endpoint)
    read_only_policy = ReadOnlyPolicy(read_only)
    _silence_sdk_logging()
    _freeze_garbage_collector()
    client = ComputeManagementClient(
        cached_credential,
        subscription_id or NO_SUBSCRIPTION,
        base_url=target_cloud.endpoint,
        credential_scopes=[target_cloud.scope],
        policies=[
            UserAgentPolicy(user_agent=f"vmss-tui/{__version__}"),
            read_only_policy,
            HostPolicy(paths.origin),
            AuthenticationPolicy(cached_credential, target_cloud.scope),
        ],
        use_env_settings=not is_simulator,
        connection_data_block_size=_READ_BLOCK_SIZE,
    )
    return ArmGateway(
        RequestSender(client, cached_credential, retry_policy or RetryPolicy(wait=time.sleep), read_timeout=read_timeout),
        paths,
        AzureContext(
            endpoint=target_cloud.endpoint,
            cloud=target_cloud.name,
            tenant_id=tenant_id,
            credential=credential_kind,
            demo=demo,
        ),
        read_only_policy,
        monotonic=monotonic,
        now=now,
        scope=target_cloud.scope,
    )


def _silence_sdk_logging() -> None:
    """Its warnings would land on the terminal in the middle of a screen."""
    for name in ("azure", "msal", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())


@cache
def _freeze_garbage_collector() -> None:
    """Once: what importing the SDK left stays, and walking it costs 50 ms each time."""
    gc.freeze()
