"""What `status --json` of 1,000 instances costs as a whole process, compared with the Azure CLI.

Measured where `az` is installed. It signs in as a managed identity of this machine and accepts
https only: an endpoint for tokens and a relay with TLS stand between it and the simulator. Both run
in this process, so only the CPU time of the commands is counted.
"""

import base64
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from tests.benchmarks.rows import Row
from tests.benchmarks.startup import PROGRAM, measure, status_arguments
from tests.benchmarks.world import ServedWorld, serve_scenario
from tests.support.azurite import make_certificate
from tests.support.scripted_server import (
    Answer,
    ReceivedRequest,
    ScriptedServer,
    json_answer,
)

_TENANT = "11111111-1111-1111-1111-111111111111"
_LIFETIME = 86_400
_NOT_FORWARDED = {"host", "connection", "content-length", "transfer-encoding", "content-encoding"}


def rows() -> Iterator[Row]:
    """`status --json` without what any start of the program costs, by the same list by `az`."""
    if (az := shutil.which("az")) is None:
        sys.stderr.write("az is not installed: nothing is compared with it\n")
        return
    with (
        tempfile.TemporaryDirectory() as home,
        serve_scenario("thousand", page_size=100) as world,
        ScriptedServer(_token) as identity,
        tls_relay(world.endpoint, Path(home)) as (endpoint, certificate),
    ):
        environment = os.environ | {
            "HOME": home,
            "XDG_STATE_HOME": home,
            "XDG_CONFIG_HOME": home,
            "AZURE_CONFIG_DIR": f"{home}/azure",
            "AZURE_CORE_COLLECT_TELEMETRY": "0",
            "REQUESTS_CA_BUNDLE": str(certificate),
            "IDENTITY_ENDPOINT": f"{identity.endpoint}/token",
            "IDENTITY_HEADER": "x",
        }
        for command in _sign_in(endpoint):
            subprocess.run([az, *command], env=environment, check=True, capture_output=True)
        seconds = measure(
            {
                "version": [*PROGRAM, "--version"],
                "status": [*PROGRAM, *status_arguments(world)],
                "az": [az, *_list_arguments(world)],
            },
            environment,
        )
    own, theirs = seconds["status"] - seconds["version"], seconds["az"]
    note = f"{own * 1e3:.0f} ms of CPU beside {theirs * 1e3:.0f}"
    yield Row("status --json of 1,000, whole process: of az", own / theirs, 0.1, note=note)


def _sign_in(endpoint: str) -> Iterator[list[str]]:
    """Commands that make the simulator a cloud of `az`, and sign in to it."""
    management = "https://management.azure.com/"
    yield [
        "cloud", "register", "--name", "simulator", "--profile", "latest",
        "--endpoint-resource-manager", endpoint,
        "--endpoint-active-directory", "https://login.microsoftonline.com",
        "--endpoint-active-directory-resource-id", management,
        "--endpoint-active-directory-graph-resource-id", management,
    ]  # fmt: skip
    yield ["cloud", "set", "--name", "simulator"]
    yield ["login", "--identity"]


def _list_arguments(world: ServedWorld) -> list[str]:
    scale_set = world.scale_set
    group, name = scale_set.resource_group, scale_set.name
    options = ["--resource-group", group, "--name", name, "--expand", "instanceView"]
    return ["vmss", "list-instances", *options, "--output", "json"]


def _token(_request: ReceivedRequest) -> Answer:
    """A token for the identity of this machine, which nobody checks."""
    expires = int(time.time()) + _LIFETIME
    claims = {"tid": _TENANT, "oid": "1", "sub": "1", "appid": "1", "exp": expires}
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims, "x"))
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return json_answer(
        {
            "access_token": token,
            "expires_on": str(expires),
            "expires_in": str(_LIFETIME),
            "resource": "https://management.azure.com/",
            "token_type": "Bearer",
            "client_id": "1",
        }
    )


@contextmanager
def tls_relay(target: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Serves an endpoint over TLS; yields the address, and the certificate to trust."""
    certificate, key = make_certificate(folder)
    session = requests.Session()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_FORWARDED}
            answer = session.get(target + self.path, headers=sent, timeout=60)
            body = answer.content.replace(target.encode(), endpoint.encode())
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _NOT_FORWARDED | {"server", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = f"https://127.0.0.1:{server.server_port}"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint, certificate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
