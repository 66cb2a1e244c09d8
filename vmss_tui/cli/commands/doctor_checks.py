"""What `doctor` finds on this machine: settings, folders, terminal, logging out, versions.

Looks, and changes nothing; no value of a variable that could be a secret is ever said.
"""

import os
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vmss_tui import __version__, config, text
from vmss_tui.cli.commands.dashboard import check_keys
from vmss_tui.config import BadConfig, Settings
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.runs import logind as lingering
from vmss_tui.runtime.storage.state_folder import InsecurePath, ensure_private_folder

LOW_DISK_SPACE = 100 << 20
"""Bytes free below which runs may not be able to keep their journals."""
MINIMUM_SIZE = (40, 10)
"""Columns and lines that the dashboard can still be used at."""
_PACKAGES = ("textual", "azure-mgmt-compute", "azure-identity", "azure-core", "msgspec")


class Verdict(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `code` is what a failure ends the program with."""

    name: str
    verdict: Verdict
    words: str
    code: ExitCode = ExitCode.ERROR


def ok(name: str, words: str) -> Finding:
    """All is well."""
    return Finding(name, Verdict.OK, words)


def warn(name: str, words: str) -> Finding:
    """It works, and a person should know this."""
    return Finding(name, Verdict.WARN, words)


def fail(name: str, words: str, code: ExitCode = ExitCode.ERROR) -> Finding:
    """It does not work."""
    return Finding(name, Verdict.FAIL, words, code)


def findings_json(found: Sequence[Finding]) -> dict[str, Any]:
    """The `--json` form; `verdict` is the worst."""
    worst = max((each.verdict for each in found), key=[*Verdict].index, default=Verdict.OK)
    told = [{"name": e.name, "verdict": e.verdict, "words": text.redact(e.words)} for e in found]
    return {"verdict": worst, "findings": told}


def check_versions() -> Iterator[Finding]:
    """The program, the interpreter and what it stands on."""
    parts = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    machine = f"{platform.system()} {platform.release()}"
    yield ok("version", f"vmss-tui {__version__}, Python {platform.python_version()}, {machine}")
    yield ok("packages", parts)


def check_settings(asked: Path | None) -> tuple[Settings | None, Finding]:
    """The settings that apply, None where they are wrong, and what there is to say."""
    path = config.find(asked)
    try:
        found = config.load(path)
        check_keys(found)
    except BadConfig as error:
        return None, fail("settings", str(error))
    except OSError as error:
        return None, fail("settings", f"{path}: {error.strerror}")
    if path is None:
        return found, ok("settings", f"the defaults: there is no {config.own_path()}")
    return found, ok("settings", str(path.absolute()))


def check_folders(state: Path) -> Iterator[Finding]:
    """Where runs, records of writes and crash reports are kept, and whether they can be."""
    there = next(each for each in (state, *state.parents) if each.exists())
    try:
        if there == state:
            ensure_private_folder(state)
            words = f"{state} (runs, their journals, locks)"
        else:
            words = f"{state}, made when it is first needed"
    except InsecurePath as error:
        yield fail("state", str(error))
        return
    except OSError as error:
        yield fail("state", f"{state}: {error.strerror}")
        return
    if not os.access(there, os.W_OK):
        yield fail("state", f"{there} cannot be written to: no run could keep its journal")
    elif (free := shutil.disk_usage(there).free) < LOW_DISK_SPACE:
        mib = free >> 20
        yield warn("state", f"{words}: only {mib} MiB are free, and a run halts on a full disk")
    else:
        yield ok("state", words)
    yield ok("log", f"{state / 'operations.jsonl'} (writes outside a run)")
    yield _check_crash_reports(state / "crashes")


def _check_crash_reports(folder: Path) -> Finding:
    try:
        count = sum(1 for _ in folder.iterdir())
    except OSError:
        count = 0
    if not count:
        return ok("crashes", f"none in {folder}")
    reports = "a report of a crash is" if count == 1 else f"{count} reports of crashes are"
    return warn(
        "crashes", f"{reports} in {folder}: please pass on what is in there, then delete it"
    )


def check_terminal(environment: Mapping[str, str], settings: Settings) -> Iterator[Finding]:
    """Whether the dashboard could be drawn here, and how well."""
    from vmss_tui.ui.terminal.capabilities import detect_capabilities

    found = detect_capabilities(environment)
    if found.unicode or settings.display.glyphs == "ascii":
        yield ok("glyphs", f"{settings.display.glyphs}, encoding {found.encoding}")
    else:
        words = f"ascii: encoding {found.encoding} has no others, a UTF-8 locale would"
        yield warn("glyphs", words)
    if found.size is None:
        words = "none at hand: the dashboard needs one, `vmss-tui status SCALE_SET` does not"
        yield warn("terminal", words)
        return
    if found.term in ("", "dumb"):
        words = f"TERM is {found.term!a}: the dashboard cannot be drawn (`vmss-tui status` can)"
        yield warn("terminal", words)
        return
    size = f"TERM={text.cell(found.term, 60)}, {found.size[0]} columns, {found.size[1]} lines"
    small = found.size[0] < MINIMUM_SIZE[0] or found.size[1] < MINIMUM_SIZE[1]
    advice = ": 40 by 10 is the least, 80 by 24 shows more"
    yield warn("terminal", size + advice) if small else ok("terminal", size)
    yield _check_colours(found.colours, found.no_color, settings.display.theme)
    inside = " through tmux (where its set-clipboard or allow-passthrough is on)"
    if found.can_copy:
        yield ok("copying", f"OSC 52{inside if found.tmux else ''}")
    else:
        yield warn("copying", "this terminal cannot be asked to copy: the text is shown instead")


def _check_colours(colours: int, no_color: bool, theme: str) -> Finding:
    if no_color:
        return ok("colours", "none: NO_COLOR is set, glyphs alone speak")
    if not colours:
        return warn("colours", "none that TERM knows: glyphs alone speak")
    if colours > 16:
        return ok("colours", "24 bit" if colours > 256 else "256")
    if theme in ("vmss-16", "auto", "vmss-mono"):
        return ok("colours", "16, with the theme for them")
    return warn("colours", "16: theme vmss-16 is for these (`t`, or display.theme)")


def check_logout() -> Finding:
    """Whether a run's worker would outlive this login."""
    words = lingering.logout_warning()
    return warn("logout", words) if words else ok("logout", "does not end a run's worker")
