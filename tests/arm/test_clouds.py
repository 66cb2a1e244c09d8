"""Clouds and credentials: valid combinations, token sources, and refused settings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vmss_tui import wiring
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.clouds import CLOUDS, InvalidSetting, choose_cloud
from vmss_tui.arm.transport.credentials import UNATTENDED_KINDS, create_credential
from vmss_tui.config import AzureSettings, ConfigError, Settings
from vmss_tui.config.schema import CLOUDS as NAMES
from vmss_tui.config.schema import CREDENTIALS
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.permission import INTERACTIVE_CREDENTIALS
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.target import Target
from vmss_tui.upgrade.plan.plan import Batch, Plan

CLASSES = {
    "cli": "AzureCliCredential",
    "default": "DefaultAzureCredential",
    "managed": "ManagedIdentityCredential",
    "workload": "WorkloadIdentityCredential",
    "environment": "EnvironmentCredential",
    "device-code": "DeviceCodeCredential",
    "browser": "InteractiveBrowserCredential",
}
TENANT = "11111111-1111-1111-1111-111111111111"
VARIABLES = {
    "AZURE_TENANT_ID": TENANT,
    "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222",
    "AZURE_CLIENT_SECRET": "not-a-real-one",
    "AZURE_FEDERATED_TOKEN_FILE": "/nonexistent/token",
}


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variables of a service principal and of a workload identity."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("name", "endpoint", "authority", "scope"),
    [
        (
            "public",
            "https://management.azure.com",
            "login.microsoftonline.com",
            "https://management.azure.com/.default",
        ),
        (
            "china",
            "https://management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
            "https://management.chinacloudapi.cn/.default",
        ),
        (
            "usgov",
            "https://management.usgovcloudapi.net",
            "login.microsoftonline.us",
            "https://management.core.usgovcloudapi.net/.default",
        ),
    ],
)
def test_each_cloud_has_its_own_endpoint_authority_and_scope(
    name: str, endpoint: str, authority: str, scope: str
) -> None:
    for cloud in (choose_cloud(name), choose_cloud(name, endpoint, f"https://{authority}/")):
        assert (cloud.name, cloud.endpoint) == (name, endpoint)
        assert (cloud.authority, cloud.scope) == (authority, scope)
    assert connect(cloud=name, credential="managed").context.endpoint == endpoint


def test_the_settings_and_the_gateway_know_the_same_clouds_and_credentials() -> None:
    assert {*NAMES} == {*CLOUDS, "custom"}
    assert (
        {*CREDENTIALS} == {*CLASSES} == (UNATTENDED_KINDS - {"simulator"}) | INTERACTIVE_CREDENTIALS
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            AzureSettings(cloud="public", endpoint="https://management.chinacloudapi.cn"),
            "endpoint https://management.chinacloudapi.cn belongs to cloud china, not public",
        ),
        (
            AzureSettings(cloud="usgov", endpoint="https://arm.local", authority="adfs.local"),
            "endpoint https://arm.local is not cloud usgov's "
            "(https://management.usgovcloudapi.net): for another, cloud must be custom",
        ),
        (
            AzureSettings(cloud="china", authority="login.microsoftonline.com"),
            "authority login.microsoftonline.com does not belong to cloud china",
        ),
        (AzureSettings(cloud="custom"), "cloud custom needs an endpoint and an authority"),
        (
            AzureSettings(cloud="custom", endpoint="https://arm.local"),
            "endpoint https://arm.local belongs to no known cloud and needs its own authority",
        ),
        (
            AzureSettings(
                cloud="custom", endpoint="https://arm.local", authority="login.chinacloudapi.cn"
            ),
            "authority login.chinacloudapi.cn belongs to another cloud than endpoint",
        ),
        (
            AzureSettings(cloud="custom", endpoint="http://arm.local", authority="adfs.local"),
            "must be https://HOST",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_an_error_at_start(
    settings: AzureSettings, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        wiring.gateway_for(Settings(azure=settings), Target())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_every_kind_of_credential_is_azure_identitys_own(kind: str, variables: None) -> None:
    credential = create_credential(kind, choose_cloud("usgov"), TENANT, process_timeout=90)
    assert type(credential).__name__ == CLASSES[kind]
    assert type(credential).__module__.startswith("azure.identity.")
    assert credential_timeout(credential) == (90 if kind == "cli" else None)


def credential_timeout(credential: Any) -> int | None:
    return getattr(credential, "_process_timeout", None)


def test_an_unknown_credential_names_those_there_are() -> None:
    with pytest.raises(InvalidSetting) as caught:
        create_credential("password", choose_cloud("public"))
    assert str(caught.value) == (
        "credential 'password' is not known: it must be one of browser, cli, default, "
        "device-code, environment, managed, workload"
    )


@pytest.mark.parametrize("kind", ["device-code", "browser", "environment"])
def test_a_custom_cloud_is_signed_in_to_at_its_own_host_and_nowhere_else(
    kind: str, variables: None
) -> None:
    cloud = choose_cloud("custom", "https://arm.local", "adfs.local")
    credential: Any = create_credential(kind, cloud, TENANT)
    signs_in = getattr(credential, "_credential", credential)
    assert signs_in._authority == "https://adfs.local"
    assert signs_in._instance_discovery is False, "it would ask Microsoft's public host first"


def test_a_managed_identity_may_be_chosen_by_its_client_id(variables: None) -> None:
    credential: Any = create_credential("managed", choose_cloud("public"))
    assert (
        credential._credential._msal_client._managed_identity["Id"] == VARIABLES["AZURE_CLIENT_ID"]
    )


def test_device_code_tells_a_person_what_to_do_in_clean_words() -> None:
    messages: list[str] = []
    credential: Any = create_credential(
        "device-code", choose_cloud("public"), prompt=messages.append
    )
    credential._prompt_callback("https://microsoft.com/devicelogin", "A\x1b[2JB", datetime.now(UTC))
    assert messages == ["To sign in, open https://microsoft.com/devicelogin and enter A␛[2JB."]


def confirmed(folder: Path, context: AzureContext) -> RunFolder:
    """A run that was confirmed with this context."""
    plan = Plan(
        subscription_id="00000000-0000-0000-0000-000000000001",
        resource_group="web-rg",
        name="web-vmss",
        batches=(Batch("UD 0", ("0",)),),
        model_digest="x",
        running_at_start=1,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return FolderStore(folder).create(plan, context, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "now",
    [
        AzureSettings(),
        AzureSettings(cloud="china", credential="managed"),
        AzureSettings(cloud="custom", endpoint="https://arm.local", authority="adfs.local"),
    ],
)
def test_a_run_speaks_to_the_cloud_it_was_confirmed_for_whatever_is_set_now(
    tmp_path: Path, now: AzureSettings
) -> None:
    context = AzureContext(endpoint="https://management.usgovcloudapi.net", cloud="usgov")
    folder = confirmed(tmp_path / "state", context)
    assert wiring.gateway_for_run(folder, Settings(azure=now)).context == context


def test_a_run_of_a_custom_cloud_needs_its_authority_in_the_settings(tmp_path: Path) -> None:
    folder = confirmed(
        tmp_path / "state", AzureContext(endpoint="https://arm.local", cloud="custom")
    )
    there = Settings(azure=AzureSettings(authority="adfs.local"))
    assert wiring.gateway_for_run(folder, there).context.endpoint == "https://arm.local"
    with pytest.raises(ConfigError, match="needs its own authority"):
        wiring.gateway_for_run(folder, Settings())
