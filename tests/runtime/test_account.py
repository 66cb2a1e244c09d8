"""Who confirmed a run: the account, and not what anyone may set in the environment."""

import os
import pwd
from pathlib import Path

import msgspec
import pytest

from tests.support.run_folders import AZURE, NOW, PLAN
from tests.support.user_home import set_user_home
from vmss_tui.cli.program import main
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs.logind import logout_warning
from vmss_tui.runtime.runs.takeover import end_worker
from vmss_tui.runtime.storage.run_records import LockOwner
from vmss_tui.runtime.storage.run_store import FolderStore

NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names nobody."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id without an entry in the password database, as in a container."""

    def no_entry(uid: int) -> pwd.struct_passwd:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", no_entry)


def confirmed_by(folder: Path) -> str:
    """Who confirmed a run that is created now."""
    return FolderStore(folder).create(PLAN, AZURE, NOW).manifest.by


def test_the_account_and_its_user_id_are_recorded(tmp_path: Path) -> None:
    account, host = pwd.getpwuid(os.getuid()).pw_name, os.uname().nodename
    assert confirmed_by(tmp_path) == f"{account}@{host} (uid {os.getuid()})"


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "SUDO_USER"])
def test_what_the_environment_says_stands_alongside_as_a_claim_where_it_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    account = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setenv("LOGNAME", account)
    monkeypatch.setenv(name, "mallory\x1b[2J")
    by = confirmed_by(tmp_path)
    assert by.startswith(f"{account}@")
    assert by.endswith(f"(uid {os.getuid()}; claims {name}=mallory␛[2J)")


@pytest.mark.usefixtures("nameless")
def test_an_account_without_a_name_is_its_user_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert confirmed_by(tmp_path).startswith(f"uid {os.getuid()}@")
    assert confirmed_by(tmp_path).endswith("(no account)")
    monkeypatch.setenv("USER", "anna")
    assert confirmed_by(tmp_path).endswith("(no account; claims USER=anna)")
    folder = FolderStore(tmp_path).create(PLAN, AZURE, NOW)
    assert folder.take_lock(NOW)
    owner = folder.lock_owner()
    assert owner is not None
    assert (owner.user, owner.uid) == (f"uid {os.getuid()}", os.getuid())
    folder.lock.release()
    assert logout_warning() == ""


@pytest.mark.usefixtures("nameless")
def test_doctor_and_the_list_of_runs_work_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_user_home(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    main(["doctor"])
    assert "defect" not in capsys.readouterr().err
    assert main(["runs"]) == 0


@pytest.mark.usefixtures("nameless")
def test_without_a_home_folder_nothing_is_kept_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_user_home(tmp_path, monkeypatch)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "AZURE_CONFIG_DIR"):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert main(["runs"]) == 1
    assert "set HOME, or XDG_STATE_HOME" in capsys.readouterr().err
    main(["doctor"])
    assert "set HOME, or XDG_STATE_HOME" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uid", [os.getuid() + 1, None])
def test_the_worker_of_another_account_is_not_ended_whatever_name_it_goes_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int | None
) -> None:
    account, host = pwd.getpwuid(os.getuid()).pw_name, os.uname().nodename
    user = account if uid else "somebody"
    monkeypatch.setenv("LOGNAME", account)
    folder = FolderStore(tmp_path).create(PLAN, AZURE, NOW)
    owner = LockOwner(pid=os.getpid(), host=host, user=user, run=folder.name, since="", uid=uid)
    assert folder.lock.take(msgspec.json.encode(owner))
    with pytest.raises(RunRefused, match="belongs to another user"):
        end_worker(folder, folder.name)
    folder.lock.release()
