"""Creates credentials of azure-identity, caches their token, and reads the principal from it."""

import base64
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from msgspec import Struct

from vmss_tui.arm.transport.clouds import Cloud, InvalidSetting
from vmss_tui.arm.transport.connection_errors import simplify_connection_error
from vmss_tui.gateway import NotSignedIn, ReadCancelled, Unreachable
from vmss_tui.gateway.background_call import BackgroundCall, Cancelled
from vmss_tui.text import clean, redact_start

_RENEWAL_WINDOW = 300.0
"""Seconds before expiry from which on a new token is fetched; `az` caches its own until then."""
_RENEWAL_PAUSE = 30.0
"""Seconds in which a new token is not fetched again, although it expires soon."""

UNATTENDED_KINDS = frozenset({"cli", "default", "managed", "workload", "environment", "simulator"})
"""Kinds that need no person to get a token, as an upgrade run requires for hours."""


class Credential(Protocol):
    """The interface of every credential of azure-identity."""

    def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """A token for the scopes."""


class SimulatorCredential:
    """A fixed token without any value, for a simulator on loopback."""

    def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """The same token, always valid for a day."""
        return AccessTokenInfo("simulator", int(time.time()) + 86_400)


class CachedCredential:
    """Wraps a credential and caches one token for all threads until shortly before it expires.

    Raises `NotSignedIn` where no token is available and `Unreachable` where the sign-in service
    is; in both cases the request that needed the token was certainly not sent.
    """

    def __init__(
        self,
        credential: Credential,
        now: Callable[[], float] = time.time,
        *,
        fetch_timeout: float | None = None,
    ) -> None:
        """`fetch_timeout` is in real seconds; None where a person has to sign in."""
        self._credential = credential
        self._now = now
        self._fetch_timeout = fetch_timeout
        self._lock = threading.Lock()
        self._token: AccessTokenInfo | None = None
        self._fetched_at = 0.0
        self._pending: BackgroundCall[AccessTokenInfo] | None = None

    def token(
        self,
        scope: str,
        min_validity: float,
        *,
        claims: str = "",
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> AccessTokenInfo:
        """The cached token if it is valid for `min_validity` seconds, else a new one.

        A new one is fetched once for all threads, and also for `claims`, the content of Azure's
        challenge. It may expire sooner than `min_validity`. Raises `ReadCancelled` where
        `is_cancelled` returns true meanwhile.
        """
        with self._lock:
            cached = self._token
            if cached is not None and not claims and self._is_usable(cached, min_validity):
                return cached
            pending = self._pending
            if pending is None or pending.is_finished or claims:
                pending = BackgroundCall(lambda: self._fetch(scope, claims), "sign-in")
                self._pending = pending
        try:
            if pending.wait(self._fetch_timeout, is_cancelled):
                return pending.result()
        except Cancelled as error:
            raise ReadCancelled("The sign-in was cancelled.") from error
        with self._lock:
            if self._pending is pending:
                self._pending = None
        raise Unreachable(f"The sign-in did not finish within {self._fetch_timeout or 0:.0f} s.")

    def seconds_left(self, token: AccessTokenInfo) -> float:
        """Seconds until the token expires."""
        return token.expires_on - self._now()

    def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """The form of `token` that the SDK's types require."""
        return self.token(" ".join(scopes), 0.0, claims=(options or {}).get("claims", ""))

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_more: Any,
    ) -> AccessToken:
        """The older form of `get_token_info`, which the SDK's types still require."""
        options: TokenRequestOptions = {"enable_cae": enable_cae}
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        token = self.get_token_info(*scopes, options=options)
        return AccessToken(token.token, token.expires_on)

    def discard_token(self, token: AccessTokenInfo | None = None) -> None:
        """Discards a token that Azure no longer accepts: the next request fetches another.

        Does nothing where another than `token` is cached by now.
        """
        with self._lock:
            if token is None or token is self._token:
                self._token = None

    @property
    def principal(self) -> "Principal":
        """The principal of the cached token; empty before the first."""
        token = self._token
        return parse_principal(token.token) if token else Principal()

    def _is_usable(self, token: AccessTokenInfo, min_validity: float) -> bool:
        remaining = self.seconds_left(token)
        if remaining > _RENEWAL_WINDOW:
            return True
        return remaining > min_validity and self._now() - self._fetched_at < _RENEWAL_PAUSE

    def _fetch(self, scope: str, claims: str) -> AccessTokenInfo:
        options: TokenRequestOptions = {"claims": claims} if claims else {}
        try:
            token = self._credential.get_token_info(scope, options=options)
        except (ServiceRequestError, ServiceResponseError) as error:
            raise Unreachable(
                f"The sign-in service cannot be reached: {_error_text(error)}"
            ) from error
        except (AzureError, ValueError) as error:
            raise NotSignedIn(f"Not signed in: {_error_text(error)}") from error
        with self._lock:
            self._token, self._fetched_at = token, self._now()
        return token


def create_credential(
    kind: str,
    cloud: Cloud,
    tenant_id: str = "",
    *,
    process_timeout: int = 60,
    prompt: Callable[[str], None] = lambda _message: None,
) -> Credential:
    """The credential of the kind that a setting names.

    `process_timeout` is the seconds that `az` may take; `prompt` is called with the instructions
    for device-code. Raises `InvalidSetting` for an unknown kind, and `NotSignedIn` where the
    credential cannot be created, such as workload without its environment variables.
    azure-identity is slow to import, so it is imported here, and not for the simulator.
    """
    if kind == "simulator" or cloud.name == "simulator":
        return SimulatorCredential()
    from azure import identity

    def show_device_code(url: str, code: str, _until: datetime) -> None:
        prompt(clean(f"To sign in, open {url} and enter {code}."))

    authority: dict[str, Any] = {"authority": cloud.authority}
    if cloud.name == "custom":
        # Otherwise a token request starts with a request to Microsoft's public sign-in host.
        authority["disable_instance_discovery"] = True
    options = authority | ({"tenant_id": tenant_id} if tenant_id else {})
    try:
        match kind:
            case "cli":
                return identity.AzureCliCredential(
                    tenant_id=tenant_id, process_timeout=process_timeout
                )
            case "default":
                return identity.DefaultAzureCredential(process_timeout=process_timeout, **authority)
            case "managed":
                # As in DefaultAzureCredential: the variable selects a user-assigned identity.
                return identity.ManagedIdentityCredential(
                    client_id=os.environ.get("AZURE_CLIENT_ID")
                )
            case "workload":
                return identity.WorkloadIdentityCredential(**options)
            case "environment":
                return identity.EnvironmentCredential(**authority)
            case "device-code":
                return identity.DeviceCodeCredential(prompt_callback=show_device_code, **options)
            case "browser":
                return identity.InteractiveBrowserCredential(**options)
    except ValueError as error:  # for example a missing environment variable
        raise NotSignedIn(f"Not signed in: credential {kind}: {_error_text(error)}") from error
    kinds = ", ".join(sorted((UNATTENDED_KINDS - {"simulator"}) | {"device-code", "browser"}))
    raise InvalidSetting(f"credential {kind!a} is not known: it must be one of {kinds}")


class Principal(Struct, frozen=True):
    """The identity that a token was issued for, by its own claims."""

    name: str = ""
    """A user's sign-in name, else an application id, else an object id."""
    tenant_id: str = ""


def parse_principal(token: str) -> Principal:
    """Reads a token's claims without verifying them: for display only."""
    try:
        _, body, _ = token.split(".")
        claims = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return Principal()
    if not isinstance(claims, dict):
        return Principal()
    names = (claims.get(key) for key in ("upn", "unique_name", "appid", "azp", "oid"))
    name = next((claim for claim in names if isinstance(claim, str) and claim), "")
    tenant = claims.get("tid")
    return Principal(clean(name), clean(tenant) if isinstance(tenant, str) else "")


def _error_text(error: Exception) -> str:
    return clean(redact_start(simplify_connection_error(str(error)), 1000))[:1000]
