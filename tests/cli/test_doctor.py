"""`doctor`: one line for each finding, the exit code, and no secrets in the output."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vmss_tui import __version__, wiring
from vmss_tui.cli.program import main
from vmss_tui.gateway import AzureContext, GatewayError, NotAllowed, Subscription, Unreachable
from vmss_tui.simulator.server import Simulator

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
FIRST_ID, SECOND_ID = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2))
VISIBLE = (
    Subscription(FIRST_ID, "Contoso-Prod", TENANT),
    Subscription(SECOND_ID, "Contoso-Test", TENANT),
)
SECRETS = ("hunter2", "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJvIn0.c2lnbmF0dXJl")

pytestmark = pytest.mark.usefixtures("bare_home")


class DoctorOutput:
    """The output of one call: finding name -> (verdict, message)."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.lines = {line[6:20].strip(): (line[:5].strip(), line[21:]) for line in out.split("\n")}


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Any:
    """Calls `doctor` in this process."""

    def call(*arguments: str) -> DoctorOutput:
        code = main([*arguments, "doctor"])
        output = capsys.readouterr()
        assert "Traceback" not in output.err
        return DoctorOutput(code, output.out, output.err)

    return call


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator("web-100") as running:
        yield running


def install_az(home: Path, script: str) -> None:
    """Puts an `az` on the path."""
    path = home / "bin" / "az"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def write_settings(home: Path, text: str) -> None:
    """Writes the user's settings."""
    path = home / "config" / "vmss-tui" / "config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def fake_azure(
    monkeypatch: pytest.MonkeyPatch,
    visible: tuple[Subscription, ...] | GatewayError = VISIBLE,
    **context: str,
) -> None:
    """Replaces the gateway: it has these subscriptions, or raises this error."""

    def list_subscriptions() -> tuple[Subscription, ...]:
        if isinstance(visible, GatewayError):
            raise visible
        return visible

    azure_context = AzureContext(
        endpoint="https://management.azure.com",
        tenant_id=TENANT,
        principal="ana@contoso.example",
        **{"credential": "managed", **context},  # type: ignore[arg-type]
    )
    gateway = SimpleNamespace(
        context=azure_context,
        list_subscriptions=list_subscriptions,
        read_api_version=lambda _subscription: ("2026-04-01", "2026-04-01"),
    )
    monkeypatch.setattr(wiring, "gateway_for", lambda *_, **__: gateway)


def test_on_a_bare_machine_every_line_is_printed_and_only_the_sign_in_fails(
    doctor: Any, home: Path
) -> None:
    result = doctor()
    assert result.code == 7
    assert result.lines["version"][1].startswith(f"vmss-tui {__version__}, Python 3.")
    state = home / "state" / "vmss-tui"
    assert result.lines["state"] == ("ok", f"{state}, created when first needed")
    assert result.lines["log"][1].startswith(str(state / "operations.jsonl"))
    settings_path = home / "config" / "vmss-tui" / "config.yaml"
    assert result.lines["settings"] == ("ok", f"the defaults: {settings_path} does not exist")
    assert result.lines["cloud"] == ("ok", "public, https://management.azure.com")
    assert result.lines["credential"][0] == result.lines["sign-in"][0] == "fail"
    assert "az is not on PATH" in result.lines["credential"][1]
    assert result.lines["logout"][0] in ("ok", "warn")
    assert not state.exists(), "doctor changes nothing"


def test_with_a_simulator_nothing_fails_without_a_sign_in(
    doctor: Any, simulator: Simulator
) -> None:
    result = doctor("--endpoint", simulator.endpoint)
    assert result.code == 0
    assert result.lines["cloud"] == ("ok", f"simulator, {simulator.endpoint}")
    assert result.lines["subscriptions"][1].endswith(f"({simulator.subscription_id})")
    assert "fail" not in {verdict for verdict, _ in result.lines.values()}


def test_principal_tenant_and_subscriptions_are_printed(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_azure(monkeypatch)
    result = doctor()
    assert result.code == 0
    assert result.lines["credential"] == ("ok", "managed")
    assert result.lines["sign-in"] == ("ok", f"as ana@contoso.example, tenant {TENANT}")
    assert result.lines["subscriptions"][1] == (
        f"2, all used: Contoso-Prod ({FIRST_ID}), Contoso-Test ({SECOND_ID})"
    )
    one = doctor("--subscription", "contoso-test")
    assert one.lines["subscriptions"][1] == f"1 of 2 used: Contoso-Test ({SECOND_ID})"


def test_another_tenant_than_in_the_settings_is_a_warning(
    doctor: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_azure(monkeypatch)
    write_settings(home, f"azure:\n  tenant: {FIRST_ID}\n")
    result = doctor()
    assert result.code == 0
    assert result.lines["sign-in"][0] == "warn"
    assert f"the settings require tenant {FIRST_ID}" in result.lines["sign-in"][1]


@pytest.mark.parametrize(
    ("visible", "line", "message", "code"),
    [
        (NotAllowed("No right to read subscriptions."), "sign-in", "No right", 7),
        (Unreachable("Azure cannot be reached: no route"), "sign-in", "cannot be reached", 1),
        ((), "subscriptions", "none visible", 7),
    ],
)
def test_a_refusal_by_azure_fails_with_its_exit_code(
    doctor: Any,
    monkeypatch: pytest.MonkeyPatch,
    visible: tuple[Subscription, ...] | GatewayError,
    line: str,
    message: str,
    code: int,
) -> None:
    fake_azure(monkeypatch, visible)
    result = doctor()
    assert result.code == code
    assert result.lines[line][0] == "fail"
    assert message in result.lines[line][1]


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [("nobody", 1, "there is no subscription 'nobody'"), (TENANT, 7, "is not visible")],
)
def test_a_subscription_that_does_not_exist_fails(
    doctor: Any, monkeypatch: pytest.MonkeyPatch, name: str, code: int, message: str
) -> None:
    fake_azure(monkeypatch)
    result = doctor("--subscription", name)
    assert result.code == code
    assert result.lines["subscriptions"][0] == "fail"
    assert message in result.lines["subscriptions"][1]


@pytest.mark.parametrize("kind", ["device-code", "browser"])
def test_an_interactive_credential_warns_that_writes_are_refused(
    doctor: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    fake_azure(monkeypatch, credential=kind)
    result = doctor()
    assert result.code == 0
    assert result.lines["credential"][0] == "warn"
    assert "runs and writes are refused" in result.lines["credential"][1]


def test_variables_of_a_credential_are_named_without_their_values(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_azure(monkeypatch, credential="environment")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRETS[0])
    monkeypatch.setenv("AZURE_CLIENT_ID", FIRST_ID)
    result = doctor()
    assert result.lines["credential"][1] == (
        "environment (set: AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)"
    )
    assert SECRETS[0] not in result.out + result.err


def test_no_secret_of_az_or_of_the_proxy_is_printed(
    doctor: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_az(home, f"echo 'ERROR: password={SECRETS[0]} Bearer {SECRETS[1]}' >&2; exit 1")
    monkeypatch.setenv("HTTPS_PROXY", f"http://ana:{SECRETS[0]}@proxy.example:8080")
    result = doctor()
    assert result.code == 7
    assert result.lines["proxy"] == ("ok", "HTTPS_PROXY is proxy.example:8080")
    assert result.lines["credential"] == ("ok", f"cli ({home}/bin/az)")
    assert "(redacted)" in result.lines["sign-in"][1]
    for secret in SECRETS:
        assert secret not in result.out + result.err


def test_invalid_settings_are_one_line_and_the_rest_is_still_checked(
    doctor: Any, home: Path
) -> None:
    write_settings(home, "azure:\n  cloud: mars\n")
    result = doctor()
    assert result.code == 1
    assert "line 2: azure.cloud is 'mars'" in result.lines["settings"][1]
    assert result.lines["cloud"][0] == "warn"
    assert "glyphs" in result.lines


def test_a_cloud_that_contradicts_its_endpoint_fails(doctor: Any, home: Path) -> None:
    write_settings(
        home, "azure:\n  cloud: usgov\n  endpoint: https://management.chinacloudapi.cn\n"
    )
    result = doctor()
    assert result.code == 1
    assert "belongs to cloud china, not usgov" in result.lines["cloud"][1]


def test_a_state_folder_that_others_can_read_fails_with_its_remedy(doctor: Any, home: Path) -> None:
    state = home / "state" / "vmss-tui"
    state.mkdir(parents=True)
    state.chmod(0o755)
    result = doctor()
    assert result.code == 1
    assert "chmod 700" in result.lines["state"][1]
    assert stat.S_IMODE(state.stat().st_mode) == 0o755, "doctor changes nothing"


def test_crash_reports_are_a_warning(doctor: Any, home: Path) -> None:
    crashes = home / "state" / "vmss-tui" / "crashes"
    crashes.mkdir(parents=True, mode=0o700)
    crashes.parent.chmod(0o700)
    (crashes / "one.txt").write_text("Traceback")
    assert doctor().lines["crashes"][0] == "warn"


def test_a_missing_bundle_of_certificates_fails(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/ca.pem")
    result = doctor()
    assert result.lines["certificates"] == (
        "fail", "REQUESTS_CA_BUNDLE is /nonexistent/ca.pem, which does not exist",
    )  # fmt: skip


def test_json_has_the_same_findings(
    capsys: pytest.CaptureFixture[str], simulator: Simulator
) -> None:
    assert main(["--endpoint", simulator.endpoint, "doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] in ("ok", "warn")
    names = [finding["name"] for finding in document["findings"]]
    assert names[:3] == ["version", "packages", "settings"]
    assert all(finding["verdict"] in ("ok", "warn", "fail") and finding["words"]
               for finding in document["findings"])  # fmt: skip
