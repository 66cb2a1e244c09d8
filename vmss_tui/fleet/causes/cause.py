"""A cause of a failure, and the rules by which causes are recognized."""

import msgspec
from msgspec import Struct

Fragments = tuple[str, ...]
"""Literal texts in lower case that occur in one line, one after the other."""


class Cause(msgspec.Struct, frozen=True):
    """Why an instance failed, as far as a status of Azure or a line of its serial log shows."""

    id: str
    """`kernel-panic`; never renamed, since journals and `--json` keep it."""
    meaning: str
    """One sentence: what it means."""
    help: str
    """One sentence: what helps."""
    quote: str
    """The line of Azure or of the instance that shows it: printable, at most 300 characters."""


class Rule(Struct, frozen=True):
    """Recognizes one cause. Everything is compared in lower case, by literal texts only, so that
    the time is in proportion to the text."""

    id: str
    meaning: str
    help: str
    codes: tuple[str, ...] = ()
    """Error codes of Azure, compared with the parts between `/` of a status code; `A+B` where both
    are in it."""
    messages: tuple[Fragments, ...] = ()
    """Texts in messages of statuses."""
    lines: tuple[Fragments, ...] = ()
    """Texts in lines of the serial log, and in messages of statuses that do not report success.
    The first one that occurs is quoted, so the most telling comes first."""
    in_success: bool = False
    """Whether a status that reports success can show it, as that of a health extension does."""
