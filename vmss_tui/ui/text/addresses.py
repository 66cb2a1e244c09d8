"""The addresses of an instance in words. Pure."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from vmss_tui.fleet.scale_set import NetworkAddress
from vmss_tui.text import cell

_LABEL = 9


def address_lines(addresses: Sequence[NetworkAddress], clock: str) -> tuple[tuple[str, str], ...]:
    """Lines of the detail: every address with what it is, and when Azure was asked."""
    said = [("address", each.private_ip) for each in addresses if each.private_ip]
    said += [("public", each.public_ip) for each in addresses if each.public_ip]
    return (*(said or [("address", "none")]), ("asked", clock))


def describe_addresses(addresses: Sequence[NetworkAddress], clock: str) -> Content:
    """A block for each configuration of each card, and when Azure was asked."""
    lines = list(_lines(addresses)) or [Content("Azure names no network card with an address.")]
    return Content("\n").join([*lines, Content(""), Content.styled(f"asked at {clock}", "$quiet")])


def _lines(addresses: Sequence[NetworkAddress]) -> Iterator[Content]:
    for number, each in enumerate(addresses):
        if number:
            yield Content("")
        said = (
            ("private", each.private_ip or "none yet"),
            ("public", each.public_ip),
            ("card", each.network_interface),
            ("subnet", each.subnet),
            ("remark", each.remark),
        )
        for label, words in said:
            if words:
                yield Content.assemble((f"{label:<{_LABEL}}", "$quiet"), cell(words, 300))
