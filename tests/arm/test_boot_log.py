"""The serial log of an instance: signed addresses, states, parts, and text of any kind."""

import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.paths import EXCHANGES
from tests.support.scripted_server import Answer, ReceivedRequest, ScriptedServer, json_answer
from vmss_tui.arm.blobs.signed_address import ForeignAddress, parse_signed_address
from vmss_tui.arm.connect import connect
from vmss_tui.arm.diagnostics.log_text import MAX_LINE_LENGTH, MAX_LINES, split_log
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import NotFound, ReadCancelled, ReadOnly, Throttled
from vmss_tui.gateway.diagnostics import BootLog, BootLogState

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SET = scale_set_id(SUBSCRIPTION, "rg", "web")
SIGNATURE = "sv=2018-03-28&sr=b&sig=pL4nt3dS1gn4tur3%3D&se=2026-11-28T05%3a00%3a00Z&sp=r"
ON = {"diagnosticsProfile": {"bootDiagnostics": {"enabled": True}}}


NO_BLOB = {"x-ms-error-code": "BlobNotFound"}


def refusal(message: str, status: int = 409) -> Answer:
    return json_answer({"error": {"code": "X", "message": message}}, status)


class Storage:
    """A VM's boot log behind a simulated Azure Resource Manager and a storage host."""

    def __init__(self, log: bytes = b"", orchestration: str = "Uniform") -> None:
        self.log, self.orchestration = log, orchestration
        self.action: Answer | None = None
        self.blob: Answer | None = None
        self.properties: dict[str, Any] = ON
        self.address = "{endpoint}/md/web_3.serialconsole.log"
        self.endpoint = ""

    def answer(self, request: ReceivedRequest) -> Answer:
        """As Azure does."""
        if request.path.startswith("/md/"):
            return self.blob or self._range(request)
        if request.path.endswith("/retrieveBootDiagnosticsData"):
            address = f"{self.address.format(endpoint=self.endpoint)}?{SIGNATURE}"
            names = ("serialConsoleLogBlobUri", "consoleScreenshotBlobUri")
            return self.action or json_answer(dict.fromkeys(names, address))
        if "/virtualMachines/" in request.path:
            return json_answer({"properties": self.properties})
        properties = {"orchestrationMode": self.orchestration}
        return json_answer({"id": SET.resource_id, "name": "web", "properties": properties})

    def _range(self, request: ReceivedRequest) -> Answer:
        byte_range = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("x-ms-range", ""))
        if byte_range is None:
            return 200, {"Content-Type": "text/plain"}, self.log
        start, end = int(byte_range[1]), min(int(byte_range[2]) + 1, len(self.log))
        if start >= len(self.log):
            return 416, {"x-ms-error-code": "InvalidRange"}, b"<Error/>"
        return (
            206,
            {"Content-Range": f"bytes {start}-{end - 1}/{len(self.log)}"},
            self.log[start:end],
        )


@contextmanager
def served(
    storage: Storage, *, read_only: bool = False
) -> Iterator[tuple[ArmGateway, ScriptedServer]]:
    with ScriptedServer(storage.answer) as server:
        storage.endpoint = server.endpoint
        policy = RetryPolicy(attempts=1)
        gateway = connect(endpoint=server.endpoint, read_only=read_only, retry_policy=policy)
        gateway.read_model(SET)
        server.requests.clear()
        yield gateway, server
        gateway.close()


def test_a_read_only_session_reads_the_log_with_two_requests_and_no_token_for_the_storage() -> None:
    storage = Storage(b"Booting\r\n[    2.4] Kernel panic - not syncing\r\n")
    with served(storage, read_only=True) as (gateway, server):
        log = gateway.diagnostics.read_boot_log(SET, "3")
        action, blob = server.requests
        gateway.prepare_write()
        with pytest.raises(ReadOnly):
            gateway.diagnostics.run_command(SET, "3", ["true"], "id")
        assert server.requests == [action, blob]
    assert log == BootLog(
        BootLogState.AVAILABLE,
        ("Booting", "[    2.4] Kernel panic - not syncing"),
        size=len(storage.log),
        has_screenshot=True,
    )
    vm = "/virtualMachineScaleSets/web/virtualMachines/3/retrieveBootDiagnosticsData"
    assert (action.method, action.body) == ("POST", b"")
    assert action.path.endswith(vm)
    assert "authorization" in action.headers
    assert (blob.method, unquote(blob.query)) == ("GET", unquote(SIGNATURE))
    assert not {"authorization", "cookie"} & set(blob.headers)


def test_a_flexible_vm_is_read_by_its_own_path() -> None:
    with served(Storage(b"x\n", "Flexible")) as (gateway, server):
        assert gateway.diagnostics.read_boot_log(SET, "web_1a2b").lines == ("x",)
    action = server.requests[0].path
    assert action.endswith("Compute/virtualMachines/web_1a2b/retrieveBootDiagnosticsData")


def test_a_log_is_read_backwards_part_by_part_and_a_large_one_is_not_read_whole() -> None:
    text = b"".join(b"line %07d\n" % number for number in range(81_000))
    with served(Storage(text)) as (gateway, server):
        read = gateway.diagnostics.read_boot_log
        last = read(SET, "3", length=1000)
        assert [r.headers.get("x-ms-range") for r in server.requests[1:]] == [
            None,
            f"bytes={len(text) - 1000}-{len(text) - 1}",
        ]
        before = read(SET, "3", end=last.start, length=1000)
        beginning = read(SET, "3", end=26, length=1000)
        beyond = read(SET, "3", end=len(text) + 5000, length=1000)
        assert read(SET, "3", end=0).lines == ()
    assert last.lines[-1] == "line 0080999"
    assert before.lines[-1] == f"line {int(last.lines[0][5:]) - 1:07d}"
    assert text[before.start : before.start + 4] == b"line"
    assert (beginning.lines, beginning.start) == (("line 0000000", "line 0000001"), 0)
    assert last.size == before.size == len(text)
    assert (beyond.state, "shorter" in beyond.message) == (BootLogState.EMPTY, True)


@pytest.mark.parametrize(
    ("changes", "state", "message"),
    [
        ({"blob": (404, NO_BLOB, b"\xef\xbb\xbf<Error/>")}, "EMPTY", "no log yet"),
        ({"blob": (200, {}, b"")}, "EMPTY", "no log yet"),
        ({"blob": (403, {"x-ms-error-code": "AuthorizationFailure"}, b"")}, "REFUSED", "firewall"),
        ({"blob": (403, {"x-ms-error-code": "AuthenticationFailed"}, b"")}, "REFUSED", "no longer"),
        ({"blob": (302, {"Location": "http://127.0.0.1:1/x"}, b"")}, "UNREACHABLE", "redirect"),
        ({"blob": (503, {}, b"")}, "UNREACHABLE", "Http503"),
        ({"action": json_answer({}), "properties": {}}, "OFF", "switch them on"),
        ({"action": refusal("?"), "properties": {}}, "OFF", "switch"),
        ({"action": refusal("no")}, "REFUSED", "no (X)"),
        ({"action": refusal("no …/read", 403)}, "REFUSED", "…/read"),
        ({"action": json_answer({})}, "EMPTY", "no log yet"),
        (
            {"action": json_answer({}), "properties": ON | {"instanceView": {"bootDiagnostics": {
                "serialConsoleLogBlobUri": "https://a.blob.core.windows.net/b/x.log?sig=p"}}}},
            "REFUSED", "https://a.blob.core.windows.net/b/x.log,",
        ),
        (
            {"action": json_answer({}), "properties": ON | {"instanceView": {"bootDiagnostics": {
                "status": {"message": "StorageAccountTypeNotSupported"}}}}},
            "REFUSED", "StorageAccountTypeNotSupported",
        ),
        ({"address": "https://evil.example/x"}, "REFUSED", "was not requested"),
        ({"address": "http://127.0.0.1:1/md/x"}, "UNREACHABLE", "connection refused"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_log_is_a_state_with_a_sentence(
    changes: dict[str, Any], state: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    storage = Storage(b"x\n")
    vars(storage).update(changes)
    with caplog.at_level(logging.DEBUG), served(storage) as (gateway, _):
        log = gateway.diagnostics.read_boot_log(SET, "3")
    assert (log.state.name, log.lines) == (state, ())
    assert message in log.message
    assert "sig=" not in repr(log) + caplog.text


def test_errors_that_are_not_about_the_log_are_raised() -> None:
    storage = Storage()
    error = {"error": {"code": "NotFound", "message": "gone"}}
    with served(storage) as (gateway, _):
        storage.action = json_answer(error, 404)
        with pytest.raises(NotFound):
            gateway.diagnostics.read_boot_log(SET, "3")
        storage.action = json_answer(error, 429)
        with pytest.raises(Throttled):
            gateway.diagnostics.read_boot_log(SET, "3")


def test_a_storage_that_is_slow_ends_by_the_deadline_and_a_cancelled_read_at_once() -> None:
    read_over = threading.Event()

    def answer_late(request: ReceivedRequest) -> Answer:
        if request.path.startswith("/md/"):
            read_over.wait(20.0)
        return storage.answer(request)

    storage = Storage(b"x\n")
    with ScriptedServer(answer_late) as server:
        storage.endpoint = server.endpoint
        gateway = connect(endpoint=server.endpoint)
        gateway.diagnostics._blobs._deadline = 0.1
        log = gateway.diagnostics.read_boot_log(SET, "3")
        gateway.cancellation.cancel()
        with pytest.raises(ReadCancelled):
            gateway.diagnostics.read_boot_log(SET, "3")
        read_over.set()
        gateway.close()
    assert (log.state, log.message) == (
        BootLogState.UNREACHABLE,
        "the storage did not finish within 0 s",
    )


def test_the_recorded_addresses_are_of_the_cloud_and_show_their_signature_to_no_one() -> None:
    recording = json.loads(
        (EXCHANGES / "flow-bootdiag-vm-managed-blob-404.json").read_text("utf-8")
    )
    bodies = [exchange["response"]["body"] for exchange in recording["exchanges"]]
    recorded = [b["serialConsoleLogBlobUri"] for b in bodies if "serialConsoleLogBlobUri" in b]
    assert recorded
    for text in recorded:
        address = parse_signed_address(text, "public", "https://management.azure.com")
        assert address.url == text
        assert "sig=" not in f"{address} {address!r} {[address]}"
        assert "sig=" not in address.hide(f"failed: {text}")


@pytest.mark.parametrize(
    ("address", "cloud", "is_allowed"),
    [
        ("https://acct.blob.core.windows.net/c/b?sig=p", "public", True),
        ("https://md-x.z13.blob.storage.azure.net:443/c/b?sig=p", "public", True),
        ("https://acct.blob.core.chinacloudapi.cn/c/b?sig=p", "china", True),
        ("https://acct.blob.core.usgovcloudapi.net/c/b?sig=p", "usgov", True),
        ("https://acct.blob.local.stack.external/c/b?sig=p", "custom", True),
        ("https://acct.blob.core.windows.net/c/b?sig=p", "china", False),
        ("http://acct.blob.core.windows.net/c/b?sig=p", "public", False),
        ("https://acct.blob.core.windows.net:8443/c/b?sig=p", "public", False),
        ("https://acct.blob.core.windows.net.evil.example/c/b?sig=p", "public", False),
        ("https://evilblob.core.windows.net/c/b?sig=p", "public", False),
        ("https://u:p@acct.blob.core.windows.net/c/b?sig=p", "public", False),
        ("https://acct.blob.core.windows.net@evil.example/c/b?sig=p", "public", False),
        ("https://169.254.169.254/c/b?sig=p", "public", False),
        ("http://127.0.0.1:80/c/b?sig=p", "public", False),
        ("https://acct.blob.core.windows.net/c\x1b/b?sig=p", "public", False),
        ("https://[x/c/b?sig=p", "public", False),
    ],
)
def test_only_storage_of_the_cloud_is_read(address: str, cloud: str, is_allowed: bool) -> None:
    endpoint = "https://management.local.stack.external"
    if is_allowed:
        assert parse_signed_address(address, cloud, endpoint).url == address
        return
    with pytest.raises(ForeignAddress) as refused:
        parse_signed_address(address, cloud, endpoint)
    assert "sig=" not in str(refused.value)


def test_text_of_any_kind_becomes_harmless_lines() -> None:
    hostile = (
        b"half a li\r\n\x1b[0;32m  OK  \x1b[0m Reached\r\nprogress 1%\rprogress 2%\r\n"
        b"\x1b]52;c;cm0gLXJm\x07bell\n\xff\xfe caf\xc3\xa9 \xe2\x80\xae rtl [/red] \x9b31m\n"
        b"password=hunter22 user\nlast"
    )
    assert split_log(hostile, is_partial=True) == (
        (
            "  OK   Reached",
            "progress 1%",
            "progress 2%",
            "bell",
            "\ufffd\ufffd café \\u202E rtl [/red] \ufffd31m",
            "password=(redacted) user",
            "last",
        ),
        11,
    )
    assert split_log(b"", is_partial=False) == ((), 0)
    assert split_log(b"no end", is_partial=True) == (("no end",), 0)


def test_a_part_of_any_content_is_cut_in_linear_time() -> None:
    for unit in (b"\x1b[", b"\x1b]", b"=\n", b"sig=", "\u202e".encode()):
        begun = time.process_time()
        lines, skipped = split_log(unit * ((1 << 17) // len(unit)), is_partial=False)
        assert time.process_time() - begun < 2.0
        assert max(map(len, lines)) <= MAX_LINE_LENGTH + 1
        assert (len(lines) == MAX_LINES) == (skipped > 0)
    lines, _ = split_log(b"a" * (10 << 20), is_partial=True)
    assert lines == ("a" * MAX_LINE_LENGTH + "…",)
