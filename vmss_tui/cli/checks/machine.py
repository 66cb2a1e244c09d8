"""The checks of `doctor` on this machine: settings, folders, terminal, logout, versions.

They change nothing, and never print the value of a variable that may be a secret.
"""

import os
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import Struct

from vmss_tui import __version__, config, text
from vmss_tui.cli.commands.dashboard import check_keys
from vmss_tui.config import ConfigError, Settings
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.runs import logind
from vmss_tui.runtime.storage.state_folder import InsecurePath, ensure_private_folder

LOW_DISK_SPACE = 100 << 20
"""Free bytes below which a run may not be able to write its journal."""
MINIMUM_SIZE = (40, 10)
"""Columns and lines that the dashboard needs."""
_PACKAGES = ("textual", "azure-mgmt-compute", "azure-identity", "azure-core", "msgspec")


class Grade(StrEnum):
    """How good the result of a check is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True):
    """One result. `code` is the exit code of the program if the verdict is FAIL."""

    name: str
    verdict: Grade
    message: str
    code: ExitCode = ExitCode.ERROR


def ok(name: str, message: str) -> Finding:
    """A result without a problem."""
    return Finding(name, Grade.OK, message)


def warn(name: str, message: str) -> Finding:
    """A result that works, with a limitation that the operator should know."""
    return Finding(name, Grade.WARN, message)


def fail(name: str, message: str, code: ExitCode = ExitCode.ERROR) -> Finding:
    """A result that does not work."""
    return Finding(name, Grade.FAIL, message, code)


def findings_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The `--json` output; its `verdict` is the worst of all."""
    verdicts = [finding.verdict for finding in findings]
    entries = [
        {
            "name": finding.name,
            "verdict": finding.verdict,
            "words": text.redact(finding.message),
        }
        for finding in findings
    ]
    return {
        "verdict": max(verdicts, key=[*Grade].index, default=Grade.OK),
        "findings": entries,
    }


def check_versions() -> Iterator[Finding]:
    """The program, the interpreter, the machine and the main dependencies."""
    parts = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    machine = f"{platform.system()} {platform.release()}"
    yield ok("version", f"vmss-tui {__version__}, Python {platform.python_version()}, {machine}")
    yield ok("packages", parts)


def check_settings(given: Path | None) -> tuple[Settings | None, Finding]:
    """The settings, None where they are invalid, and the result of the check."""
    path = config.find_path(given)
    try:
        settings = config.load(path)
        check_keys(settings)
    except ConfigError as error:
        return None, fail("settings", str(error))
    except OSError as error:
        return None, fail("settings", f"{path}: {error.strerror}")
    if path is None:
        return settings, ok("settings", f"the defaults: {config.user_path()} does not exist")
    return settings, ok("settings", str(path.absolute()))


def check_folders(state: Path) -> Iterator[Finding]:
    """The folders of runs, the operations log and crash reports, and whether they are writable."""
    existing = next(folder for folder in (state, *state.parents) if folder.exists())
    try:
        if existing == state:
            ensure_private_folder(state)
            message = f"{state} (runs, their journals, locks)"
        else:
            message = f"{state}, created when first needed"
    except InsecurePath as error:
        yield fail("state", str(error))
        return
    except OSError as error:
        yield fail("state", f"{state}: {error.strerror}")
        return
    if not os.access(existing, os.W_OK):
        yield fail("state", f"{existing} is not writable: no run could write its journal")
    elif (free := shutil.disk_usage(existing).free) < LOW_DISK_SPACE:
        mib = free >> 20
        yield warn("state", f"{message}: only {mib} MiB free, and a run halts on a full disk")
    else:
        yield ok("state", message)
    yield ok("log", f"{state / 'operations.jsonl'} (writes outside a run)")
    yield _check_crash_reports(state / "crashes")


def _check_crash_reports(folder: Path) -> Finding:
    try:
        count = sum(1 for _ in folder.iterdir())
    except OSError:
        count = 0
    if not count:
        return ok("crashes", f"none in {folder}")
    reports = "1 crash report is" if count == 1 else f"{count} crash reports are"
    return warn("crashes", f"{reports} in {folder}: please report the content, then delete it")


def check_terminal(environment: Mapping[str, str], settings: Settings) -> Iterator[Finding]:
    """Whether the dashboard can be drawn on this terminal, and with which limitations."""
    from vmss_tui.ui.terminal.capabilities import detect_capabilities

    capabilities = detect_capabilities(environment)
    if capabilities.unicode or settings.display.glyphs == "ascii":
        yield ok("glyphs", f"{settings.display.glyphs}, encoding {capabilities.encoding}")
    else:
        problem = f"ascii: encoding {capabilities.encoding} has no glyphs, a UTF-8 locale has"
        yield warn("glyphs", problem)
    if capabilities.size is None:
        problem = "none: the dashboard needs one, `vmss-tui status SCALE_SET` does not"
        yield warn("terminal", problem)
        return
    if capabilities.term in ("", "dumb"):
        problem = (
            f"TERM is {capabilities.term!a}: the dashboard cannot be drawn (`vmss-tui status` can)"
        )
        yield warn("terminal", problem)
        return
    columns, lines = capabilities.size
    message = f"TERM={text.cell(capabilities.term, 60)}, {columns} columns, {lines} lines"
    if columns < MINIMUM_SIZE[0] or lines < MINIMUM_SIZE[1]:
        yield warn("terminal", f"{message}: the minimum is 40 by 10, 80 by 24 shows more")
    else:
        yield ok("terminal", message)
    yield _check_colours(capabilities.colours, capabilities.no_color, settings.display.theme)
    tmux_note = " through tmux (where its set-clipboard or allow-passthrough is on)"
    if capabilities.can_copy:
        yield ok("copying", f"OSC 52{tmux_note if capabilities.tmux else ''}")
    else:
        yield warn("copying", "this terminal has no clipboard access: the text is shown instead")


def _check_colours(colours: int, no_color: bool, theme: str) -> Finding:
    if no_color:
        return ok("colours", "none: NO_COLOR is set, glyphs show the states")
    if not colours:
        return warn("colours", "none in this TERM: glyphs show the states")
    if colours > 16:
        return ok("colours", "24 bit" if colours > 256 else "256")
    if theme in ("vmss-16", "auto", "vmss-mono"):
        return ok("colours", "16, with the theme for 16 colours")
    return warn("colours", "16: use theme vmss-16 (`t`, or display.theme)")


def check_logout() -> Finding:
    """Whether the worker of a run survives a logout."""
    warning = logind.logout_warning()
    return warn("logout", warning) if warning else ok("logout", "does not end a run's worker")
