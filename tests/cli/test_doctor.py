"""`doctor`: what is found, said line by line in words, with a code, and never a secret."""

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
ONE, OTHER = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2))
SEEN = (Subscription(ONE, "Contoso-Prod", TENANT), Subscription(OTHER, "Contoso-Test", TENANT))
SECRETS = ("hunter2", "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJvIn0.c2lnbmF0dXJl")

pytestmark = pytest.mark.usefixtures("bare_home")


class Told:
    """What one call said: lines by their name, as (verdict, words)."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.lines = {line[6:20].strip(): (line[:5].strip(), line[21:]) for line in out.split("\n")}


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Any:
    """Calls it in this process."""

    def call(*arguments: str) -> Told:
        code = main([*arguments, "doctor"])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Told(code, said.out, said.err)

    return call


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator("web-100") as found:
        yield found


def az(home: Path, script: str) -> None:
    """Puts an `az` on the path."""
    path = home / "bin" / "az"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def settings(home: Path, text: str) -> None:
    """Writes the user's settings."""
    path = home / "config" / "vmss-tui" / "config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def signed_in(
    monkeypatch: pytest.MonkeyPatch,
    seen: tuple[Subscription, ...] | GatewayError = SEEN,
    **context: str,
) -> None:
    """Azure answers, or fails as told."""

    def list_subscriptions() -> tuple[Subscription, ...]:
        if isinstance(seen, GatewayError):
            raise seen
        return seen

    found = AzureContext(
        endpoint="https://management.azure.com",
        tenant_id=TENANT,
        principal="ana@contoso.example",
        **{"credential": "managed", **context},  # type: ignore[arg-type]
    )
    gateway = SimpleNamespace(context=found, list_subscriptions=list_subscriptions)
    monkeypatch.setattr(wiring, "gateway_for", lambda *_, **__: gateway)


def test_with_nothing_at_hand_every_line_is_said_and_the_sign_in_is_what_fails(
    doctor: Any, home: Path
) -> None:
    told = doctor()
    assert told.code == 7
    assert told.lines["version"][1].startswith(f"vmss-tui {__version__}, Python 3.")
    state = home / "state" / "vmss-tui"
    assert told.lines["state"] == ("ok", f"{state}, made when it is first needed")
    assert told.lines["log"][1].startswith(str(state / "operations.jsonl"))
    where = home / "config" / "vmss-tui" / "config.yaml"
    assert told.lines["settings"] == ("ok", f"the defaults: there is no {where}")
    assert told.lines["cloud"] == ("ok", "public, https://management.azure.com")
    assert told.lines["credential"][0] == told.lines["sign-in"][0] == "fail"
    assert "az is not on PATH" in told.lines["credential"][1]
    assert told.lines["logout"][0] in ("ok", "warn")
    assert not state.exists(), "it only looks"


def test_in_front_of_a_simulator_all_is_well_without_a_sign_in(
    doctor: Any, simulator: Simulator
) -> None:
    told = doctor("--endpoint", simulator.endpoint)
    assert told.code == 0
    assert told.lines["cloud"] == ("ok", f"simulator, {simulator.endpoint}")
    assert told.lines["subscriptions"][1].endswith(f"({simulator.subscription_id})")
    assert "fail" not in {verdict for verdict, _ in told.lines.values()}


def test_principal_tenant_and_subscriptions_are_said(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(monkeypatch)
    told = doctor()
    assert told.code == 0
    assert told.lines["credential"] == ("ok", "managed")
    assert told.lines["sign-in"] == ("ok", f"as ana@contoso.example, tenant {TENANT}")
    assert told.lines["subscriptions"][1] == (
        f"2, all used: Contoso-Prod ({ONE}), Contoso-Test ({OTHER})"
    )
    one = doctor("--subscription", "contoso-test")
    assert one.lines["subscriptions"][1] == f"1 of 2 used: Contoso-Test ({OTHER})"


def test_another_tenant_than_the_settings_want_is_said(
    doctor: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(monkeypatch)
    settings(home, f"azure:\n  tenant: {ONE}\n")
    told = doctor()
    assert told.code == 0
    assert told.lines["sign-in"][0] == "warn"
    assert f"the settings want tenant {ONE}" in told.lines["sign-in"][1]


@pytest.mark.parametrize(
    ("seen", "line", "words", "code"),
    [
        (NotAllowed("No right to read subscriptions."), "sign-in", "No right", 7),
        (Unreachable("Azure cannot be reached: no route"), "sign-in", "cannot be reached", 1),
        ((), "subscriptions", "none can be seen", 7),
    ],
)
def test_what_azure_refuses_is_told_with_its_code(
    doctor: Any,
    monkeypatch: pytest.MonkeyPatch,
    seen: tuple[Subscription, ...] | GatewayError,
    line: str,
    words: str,
    code: int,
) -> None:
    signed_in(monkeypatch, seen)
    told = doctor()
    assert told.code == code
    assert told.lines[line][0] == "fail"
    assert words in told.lines[line][1]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("nobody", 1, "there is no subscription 'nobody'"), (TENANT, 7, "cannot be seen")],
)
def test_a_subscription_that_is_not_there_is_told(
    doctor: Any, monkeypatch: pytest.MonkeyPatch, name: str, code: int, words: str
) -> None:
    signed_in(monkeypatch)
    told = doctor("--subscription", name)
    assert told.code == code
    assert told.lines["subscriptions"][0] == "fail"
    assert words in told.lines["subscriptions"][1]


@pytest.mark.parametrize("kind", ["device-code", "browser"])
def test_a_credential_that_needs_a_person_is_said_to_only_look(
    doctor: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    signed_in(monkeypatch, credential=kind)
    told = doctor()
    assert told.code == 0
    assert told.lines["credential"][0] == "warn"
    assert "runs and writes are refused" in told.lines["credential"][1]


def test_variables_of_a_credential_are_named_without_their_values(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(monkeypatch, credential="environment")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRETS[0])
    monkeypatch.setenv("AZURE_CLIENT_ID", ONE)
    told = doctor()
    assert told.lines["credential"][1] == (
        "environment (set: AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)"
    )
    assert SECRETS[0] not in told.out + told.err


def test_no_secret_leaves_whatever_az_and_the_proxy_say(
    doctor: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    az(home, f"echo 'ERROR: password={SECRETS[0]} Bearer {SECRETS[1]}' >&2; exit 1")
    monkeypatch.setenv("HTTPS_PROXY", f"http://ana:{SECRETS[0]}@proxy.example:8080")
    told = doctor()
    assert told.code == 7
    assert told.lines["proxy"] == ("ok", "HTTPS_PROXY is proxy.example:8080")
    assert told.lines["credential"] == ("ok", f"cli ({home}/bin/az)")
    assert "(redacted)" in told.lines["sign-in"][1]
    for secret in SECRETS:
        assert secret not in told.out + told.err


def test_wrong_settings_are_one_line_and_the_rest_is_still_looked_at(
    doctor: Any, home: Path
) -> None:
    settings(home, "azure:\n  cloud: mars\n")
    told = doctor()
    assert told.code == 1
    assert "line 2: azure.cloud is 'mars'" in told.lines["settings"][1]
    assert told.lines["cloud"][0] == "warn"
    assert "glyphs" in told.lines


def test_a_cloud_that_contradicts_itself_is_told(doctor: Any, home: Path) -> None:
    settings(home, "azure:\n  cloud: usgov\n  endpoint: https://management.chinacloudapi.cn\n")
    told = doctor()
    assert told.code == 1
    assert "belongs to cloud china, not usgov" in told.lines["cloud"][1]


def test_a_state_folder_that_others_can_read_is_told_with_its_remedy(
    doctor: Any, home: Path
) -> None:
    state = home / "state" / "vmss-tui"
    state.mkdir(parents=True)
    state.chmod(0o755)
    told = doctor()
    assert told.code == 1
    assert "chmod 700" in told.lines["state"][1]
    assert stat.S_IMODE(state.stat().st_mode) == 0o755, "it only looks"


def test_reports_of_crashes_are_pointed_to(doctor: Any, home: Path) -> None:
    crashes = home / "state" / "vmss-tui" / "crashes"
    crashes.mkdir(parents=True, mode=0o700)
    crashes.parent.chmod(0o700)
    (crashes / "one.txt").write_text("Traceback")
    assert doctor().lines["crashes"][0] == "warn"


def test_a_bundle_of_certificates_that_is_not_there_is_told(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/ca.pem")
    told = doctor()
    assert told.lines["certificates"] == (
        "fail", "REQUESTS_CA_BUNDLE is /nonexistent/ca.pem, which is not there",
    )  # fmt: skip


def test_json_has_the_same_findings(
    capsys: pytest.CaptureFixture[str], simulator: Simulator
) -> None:
    assert main(["--endpoint", simulator.endpoint, "doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] in ("ok", "warn")
    names = [each["name"] for each in told["findings"]]
    assert names[:3] == ["version", "packages", "settings"]
    assert all(each["verdict"] in ("ok", "warn", "fail") and each["words"]
               for each in told["findings"])  # fmt: skip
