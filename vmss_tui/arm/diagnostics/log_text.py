"""Makes lines of the bytes of a serial log, which the guest alone decides on. Linear in its size.

Consoles write colours and cursor moves, and separate lines by CR LF, LF or CR; a log can end in
the middle of a character, and a line can be as long as the log.
"""

import re

from vmss_tui.text import clean, redact_start

MAX_LINE_LENGTH = 2_000
"""Characters of a line that are kept."""
_RAW_LENGTH = 4 * MAX_LINE_LENGTH
"""Characters of a line that are searched for control sequences."""
MAX_LINES = 5_000
"""The last lines of a part that are kept; the part then begins later."""
_LINE_END = re.compile(rb"\r\n|\n|\r")
_CONTROL_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]?|\][^\x07\x1b]*+\x07?|[ -/]*+[0-~])|[\x00\x08\x7f]"
)
_SECRET_SIGN = re.compile(r"[=:]|eyJ|bearer", re.IGNORECASE)
"""In every line that `redact` changes; it takes longer than everything else."""


def split_log(data: bytes, *, is_partial: bool) -> tuple[tuple[str, ...], int]:
    """The lines, cleaned and redacted, and the number of bytes before the first of them.

    `is_partial`: `data` does not begin with the log, so what precedes its first line end is a part
    of a line, and left out where anything comes after it.
    """
    ends = [match.end() for match in _LINE_END.finditer(data)]
    skipped = ends[0] if is_partial and ends and ends[0] < len(data) else 0
    if len(ends) > MAX_LINES:
        skipped = max(skipped, ends[-MAX_LINES - 1])
    text = data[skipped:].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        return (), skipped
    return tuple(map(_clean_line, text.removesuffix("\n").split("\n"))), skipped


def _clean_line(raw: str) -> str:
    if not raw:
        return ""
    line = _CONTROL_SEQUENCE.sub("", raw[:_RAW_LENGTH]).replace("\t", "    ").rstrip()
    is_cut = len(raw) > _RAW_LENGTH or len(line) > MAX_LINE_LENGTH
    if _SECRET_SIGN.search(line):
        line = redact_start(line, MAX_LINE_LENGTH)
    cleaned = clean(line[:MAX_LINE_LENGTH])
    return cleaned[:MAX_LINE_LENGTH] + "…" * (is_cut or len(cleaned) > MAX_LINE_LENGTH)


def clean_output(text: str) -> str:
    """The output of a command with its line ends, cleaned and redacted as a log is."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(map(_clean_line, lines))
