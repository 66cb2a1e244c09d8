"""Users of this machine without az, settings or earlier runs."""

from pathlib import Path

import pytest

SETTINGS = ("VMSS_TUI_CONFIG", "AZURE_SUBSCRIPTION_ID")
"""Variables of the environment that change what the program reads."""
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def set_user_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes an empty folder the user's home; returns the program's state folder in it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(home / "azure"))
    monkeypatch.setenv("HOME", str(home))
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return home / "state" / "vmss-tui"


def hide_tools(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves one empty folder on the PATH, and neither a proxy nor a bundle of certificates."""
    (home / "bin").mkdir()
    monkeypatch.setenv("PATH", str(home / "bin"))
    for name in (*PROXIES, *CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
