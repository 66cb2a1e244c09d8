"""Texts for the IP addresses of an instance. Pure."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from vmss_tui.gateway import NetworkAddress
from vmss_tui.text import cell

_LABEL = 12


def address_lines(addresses: Sequence[NetworkAddress], clock: str) -> tuple[tuple[str, str], ...]:
    """Labelled lines for the detail pane: each address, and the time of the request."""
    lines = [("private IP", address.private_ip) for address in addresses if address.private_ip]
    lines += [("public IP", address.public_ip) for address in addresses if address.public_ip]
    return (*(lines or [("private IP", "none")]), ("read at", clock))


def describe_addresses(addresses: Sequence[NetworkAddress], clock: str) -> Content:
    """A block for each IP configuration of each network card, and the time of the request."""
    lines = list(_lines(addresses)) or [Content("Azure reports no NIC with an address.")]
    return Content("\n").join([*lines, Content(""), Content.styled(f"read at {clock}", "$quiet")])


def _lines(addresses: Sequence[NetworkAddress]) -> Iterator[Content]:
    for number, address in enumerate(addresses):
        if number:
            yield Content("")
        facts = (
            ("private IP", address.private_ip or "none yet"),
            ("public IP", address.public_ip),
            ("NIC", address.network_interface),
            ("subnet", address.subnet),
            ("note", address.remark),
        )
        for label, text in facts:
            if text:
                yield Content.assemble((f"{label:<{_LABEL}}", "$quiet"), cell(text, 300))
