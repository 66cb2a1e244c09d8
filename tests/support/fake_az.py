"""A fake `az` on the path: its account, its tokens and its slowness are a test's to choose."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from azure.identity import AzureCliCredential

from vmss_tui.arm import connect
from vmss_tui.arm.transport.credentials import CachedCredential, Credential

_SCRIPT = """#!/bin/sh
echo called >> {folder}/calls
sleep "$(cat {folder}/delay)"
cat {folder}/token.json
"""


class FakeAz:
    """An `az` that the program's gateways sign in with, also to a simulator.

    `advance` moves the wall clock, by which tokens expire, without waiting.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._number = 0
        self._offset = 0.0
        folder.mkdir()
        program = folder / "az"
        program.write_text(_SCRIPT.format(folder=folder))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=":")
        system_time = time.time
        monkeypatch.setattr(time, "time", lambda: system_time() + self._offset)

        def create_credential(*_arguments: Any, **_more: Any) -> AzureCliCredential:
            return AzureCliCredential(process_timeout=60)

        def create_cache(credential: Credential, **more: Any) -> CachedCredential:
            return CachedCredential(credential, lambda: time.time(), **more)

        monkeypatch.setattr(connect, "create_credential", create_credential)
        monkeypatch.setattr(connect, "CachedCredential", create_cache)

    def sign_in(self, name: str, *, valid_for: float = 3600.0, takes: float = 0.0) -> str:
        """From now on `az` answers with a token for this person; returns the token."""
        self._number += 1
        claims = json.dumps({"upn": name, "tid": "tenant-1", "number": self._number}).encode()
        token = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"
        answer = {"accessToken": token, "expires_on": int(time.time() + valid_for)}
        (self._folder / "delay").write_text(str(takes))
        (self._folder / "token.json").write_text(json.dumps(answer))
        return token

    def advance(self, seconds: float) -> None:
        """Lets the wall clock move on."""
        self._offset += seconds

    @property
    def calls(self) -> int:
        """How often `az` was called."""
        path = self._folder / "calls"
        return len(path.read_text().splitlines()) if path.exists() else 0
