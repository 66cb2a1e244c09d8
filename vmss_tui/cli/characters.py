"""Which characters the streams take: all, or plain ones only. Knows nothing of what is said."""

import io
import locale
import sys
from typing import TextIO

from vmss_tui import text

_plainly = False


def plainly(plain: bool) -> None:
    """From now on in plain characters; where they need not be, in all that the streams take."""
    global _plainly
    _plainly = plain or not (_takes_all(sys.stdout) and _takes_all(sys.stderr))
    if _plainly and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def drawn(line: str) -> str:
    """The line, with our own dots and arrows in characters that can be shown."""
    return text.plain(line) if _plainly else line


def _takes_all(stream: TextIO) -> bool:
    """A pipe may be read anywhere; a terminal shows what this machine's language has."""
    encodings = [stream.encoding or "utf-8", *([locale.getencoding()] if stream.isatty() else [])]
    return all(each.lower().replace("-", "") == "utf8" for each in encodings)
