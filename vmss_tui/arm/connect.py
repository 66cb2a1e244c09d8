"""Builds the gateway: cloud, credential, and the client with this program's policies."""

import gc
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport

from vmss_tui import __version__
from vmss_tui.arm.api_versions import ApiVersions, NegotiatingSender
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.patience import Patience, PatientSender
from vmss_tui.arm.transport.client import ResourceManagerClient
from vmss_tui.arm.transport.clouds import choose_cloud
from vmss_tui.arm.transport.credentials import (
    UNATTENDED_KINDS,
    CachedCredential,
    create_credential,
)
from vmss_tui.arm.transport.exchange import tracked_session
from vmss_tui.arm.transport.pipeline import (
    AuthenticationPolicy,
    HostPolicy,
    ReadOnlyPolicy,
    RetryPolicy,
)
from vmss_tui.arm.transport.send import READ_DEADLINE, WRITE_DEADLINE, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.gateway import AzureContext
from vmss_tui.gateway.cancellation import Cancellation

NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

_SIGN_IN_MARGIN = 30.0
"""Real seconds that a sign-in may take longer than its process."""
_READ_BLOCK_SIZE = 1 << 20
"""Bytes per read of a body; reading it by the SDK's 4,096 costs more than decoding it."""


def utc_now() -> datetime:
    """The wall clock."""
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
    prompt: Callable[[str], None] = lambda _message: None,
    api_version: str = "",
    prepare_writes: bool = False,
    patience: float | None = None,
    retry_policy: RetryPolicy | None = None,
    cancellation: Cancellation | None = None,
    read_timeout: float = 60.0,
    read_deadline: float = READ_DEADLINE,
    write_deadline: float = WRITE_DEADLINE,
    monotonic: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = utc_now,
) -> ArmGateway:
    """A gateway to Azure, or to a simulator where `endpoint` is http on loopback.

    Sends nothing and fetches no token. Raises `InvalidSetting` for settings that contradict each
    other. `monotonic` should count while the machine sleeps. `prompt` is called with the
    instructions for device-code. `cancellation` ends reads before their time. `prepare_writes`
    imports at once what only a write needs. `api_version` pins that of Microsoft.Compute.
    `patience` is for how many seconds the reads wait for a throttled or unreachable Azure; None: as
    the retry policy says.

    The SDK's default policies are not used: they retry, follow redirects and register providers.
    """
    target_cloud = choose_cloud(cloud, endpoint, authority)
    is_simulator = target_cloud.name == "simulator"
    credential_kind = "simulator" if is_simulator else credential
    cached_credential = CachedCredential(
        create_credential(
            credential_kind, target_cloud, tenant_id, process_timeout=process_timeout, prompt=prompt
        ),
        fetch_timeout=process_timeout + _SIGN_IN_MARGIN
        if credential_kind in UNATTENDED_KINDS
        else None,
    )
    cancellation = cancellation or Cancellation()
    urls = ArmUrls(target_cloud.endpoint)
    read_only_policy = ReadOnlyPolicy(read_only)
    _silence_sdk_logging()
    _freeze_garbage_collector()
    client = ResourceManagerClient(
        target_cloud.endpoint,
        target_cloud.scope,
        cached_credential,
        subscription_id or NO_SUBSCRIPTION,
        [
            UserAgentPolicy(user_agent=f"vmss-tui/{__version__}"),
            read_only_policy,
            HostPolicy(urls.origin),
            AuthenticationPolicy(),
        ],
        RequestsTransport(
            session=tracked_session(use_env_settings=not is_simulator),
            connection_data_block_size=_READ_BLOCK_SIZE,
        ),
    )
    if prepare_writes:
        client.prepare_writes()
    policy = retry_policy or RetryPolicy(wait=cancellation.wait)
    sender = RequestSender(
        client,
        cached_credential,
        policy,
        target_cloud.scope,
        cancellation,
        read_timeout=read_timeout,
        read_deadline=read_deadline,
        write_deadline=write_deadline,
        load_writer=client.load_writer,
    )
    if patience is not None:
        sender = PatientSender.over(sender, Patience(patience, monotonic))
    return ArmGateway(
        NegotiatingSender.over(sender, ApiVersions(urls, api_version)),
        urls,
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
    )


def _silence_sdk_logging() -> None:
    """Keeps the SDK's warnings off the terminal, where they would disturb the screen.

    Messages for debugging are never made: those of urllib3 contain signed addresses.
    """
    for name in ("azure", "msal", "urllib3"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.WARNING)


@cache
def _freeze_garbage_collector() -> None:
    """Excludes the SDK's objects, which never go away, from collections: 50 ms each time."""
    gc.freeze()
