"""The parts of every HTML report: the document, its sections, counts and times. Pure."""

from vmss_tui.upgrade.report.html.markup import Child, Markup, tag
from vmss_tui.upgrade.report.html.stylesheet import style_sheet

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def document(title: str, parts: Child) -> str:
    """A whole page, which loads nothing and has no script."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(style_sheet())),
    )
    body = tag("body", tag("main", parts))
    return f'<!DOCTYPE html>\n<html lang="en">{head}\n{body}</html>\n'


def section(title: str, *children: Child) -> Markup:
    """A part with its heading."""
    return tag("section", tag("h2", title), children)


def tile(count: int, label: str) -> Markup:
    """A number with its label, in colour where it counts failures or what is upgraded."""
    style = {"failed": "w-g-failed", "upgraded": "w-g-latest-model"}.get(label, "")
    number = tag("b", str(count), class_=style if count else "")
    return tag("div", number, tag("span", label), class_="tile")


def stamp(at: str) -> str:
    """`2026-11-28 02:10:12 UTC` of an ISO 8601 time, as a journal has it."""
    return f"{at[:10]} {at[11:19]} UTC" if len(at) >= 19 and at[10] == "T" else at
