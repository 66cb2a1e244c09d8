"""Settings, and the programs that they name, are obeyed only where no one else can change them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vmss_tui.config import ConfigError, load
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.runs.gates import GateProcess, resolve_command, run_notify_hook
from vmss_tui.upgrade.plan.policy import PolicyError


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file in a folder of its own."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    path = folder / "config.yaml"
    path.write_text("poll:\n  interval: 12\n")
    path.chmod(0o644)
    return path


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A program for a gate, in a folder of its own."""
    folder = tmp_path / "tools"
    folder.mkdir(mode=0o755)
    path = folder / "gate.sh"
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    return path


def refusal(path: Path) -> str:
    """Why the settings are refused."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.exit_code is ExitCode.USAGE
    return str(caught.value)


def test_settings_that_others_may_only_read_are_read(settings: Path) -> None:
    assert load(settings).poll.interval == 12


def test_settings_that_everyone_may_write_are_refused(settings: Path) -> None:
    settings.chmod(0o666)
    assert refusal(settings).startswith(
        f"{settings} can be written by others (mode 666): chmod 644 it"
    )


def test_settings_that_a_group_of_others_may_write_are_refused(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.chmod(0o664)
    group = os.stat_result((*settings.stat()[:5], 65533, *settings.stat()[6:10]))
    monkeypatch.setattr(os, "fstat", lambda _handle: group)
    assert "can be written by others (mode 664)" in refusal(settings)


def test_settings_of_another_user_are_refused(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = os.stat_result((*settings.stat()[:4], os.geteuid() + 1, *settings.stat()[5:10]))
    monkeypatch.setattr(os, "fstat", lambda _handle: foreign)
    assert refusal(settings).startswith(f"{settings} belongs to another user")


def test_settings_in_a_folder_that_everyone_may_write_to_are_refused(settings: Path) -> None:
    settings.parent.chmod(0o777)
    assert f"{settings.parent} can be written by others (mode 777): chmod 755 it" in refusal(
        settings
    )
    settings.parent.chmod(0o1777)  # as /tmp: no one can replace another user's file
    assert load(settings).poll.interval == 12


def test_a_link_is_followed_and_what_it_points_to_is_judged(settings: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(settings)
    assert load(link).poll.interval == 12
    settings.parent.chmod(0o777)
    assert str(settings.parent) in refusal(link)


def test_no_settings_can_be_asked_for_with_the_null_device() -> None:
    assert load(Path(os.devnull)).poll.interval == 6


@pytest.mark.parametrize("key", ["gate", "notify"])
def test_settings_that_name_a_program_that_everyone_may_write_are_refused(
    settings: Path, gate: Path, key: str
) -> None:
    settings.write_text(f"hooks:\n  {key}: {gate}\n")
    load(settings)
    gate.chmod(0o777)
    message = refusal(settings)
    assert message.startswith(f"{settings} line 2: hooks.{key} is ")
    assert f"{gate} can be written by others (mode 777): chmod o-w it" in message


def make_script_writable(gate: Path) -> None:
    gate.chmod(0o757)


def make_folder_writable(gate: Path) -> None:
    gate.parent.chmod(0o777)


@pytest.mark.parametrize("spoil", [make_script_writable, make_folder_writable])
@pytest.mark.parametrize("interpreter", [(), ("/bin/sh", "-e")])
def test_a_gate_that_everyone_may_change_is_neither_planned_nor_run(
    gate: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    interpreter: tuple[str, ...],
) -> None:
    gate.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    command = (*interpreter, str(gate))
    assert resolve_command(command)[-1] == str(gate)
    spoil(gate)
    with pytest.raises(PolicyError, match="can be written by others"):
        resolve_command(command)
    with pytest.raises(PermissionError, match="can be written by others"):
        GateProcess(command, b"{}", 10.0)
    run_notify_hook(command, b"{}")
    assert "can be written by others" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()
