"""Whether logging out would end a run's worker, as logind's own files say."""

from pathlib import Path

import pytest

from vmss_tui.runtime.runs.logind import logout_warning


def written(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("files", "warned"),
    [
        ({}, False),
        ({"etc/systemd/logind.conf": "[Login]\n#KillUserProcesses=yes\n"}, False),
        ({"etc/systemd/logind.conf": "[Login]\nKillUserProcesses=yes\n"}, True),
        ({"etc/systemd/logind.conf": "KillUserProcesses = no\n"}, False),
        (
            {
                "usr/lib/systemd/logind.conf": "KillUserProcesses=no\n",
                "etc/systemd/logind.conf.d/50-kill.conf": "KillUserProcesses=yes\n",
            },
            True,
        ),
        (
            {
                "usr/lib/systemd/logind.conf.d/50-kill.conf": "KillUserProcesses=yes\n",
                "etc/systemd/logind.conf.d/50-kill.conf": "KillUserProcesses=no\n",
            },
            False,
        ),
    ],
)
def test_logind_ends_processes_where_its_last_word_says_so(
    tmp_path: Path, files: dict[str, str], warned: bool
) -> None:
    for name, text in files.items():
        written(tmp_path, name, text)
    warning = logout_warning(tmp_path, "ana")
    assert bool(warning) is warned
    assert not warned or "loginctl enable-linger ana" in warning


def test_a_user_that_lingers_and_root_are_left_alone(tmp_path: Path) -> None:
    written(tmp_path, "etc/systemd/logind.conf", "KillUserProcesses=yes\n")
    written(tmp_path, "var/lib/systemd/linger/ana", "")
    assert logout_warning(tmp_path, "ana") == ""
    assert logout_warning(tmp_path, "root") == ""
    assert logout_warning(tmp_path, "bob")
