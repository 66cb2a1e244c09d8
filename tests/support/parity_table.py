"""The README's table "coming from …", row by row."""

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def table_rows() -> list[tuple[str, str, str, str]]:
    """(what, there, keys, command) of the README's table."""
    inside = README.split("<!-- parity -->")[1].split("<!-- /parity -->")[0]
    lines = [line for line in inside.strip().splitlines() if line.startswith("| ")][1:]
    rows = []
    for line in lines:
        what, there, keys, command = (part.strip() for part in line.strip("|").split(" | "))
        rows.append((what, there, keys, command.strip("`").strip()))
    return rows
