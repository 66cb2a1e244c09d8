"""Why an instance failed: causes by statuses of Azure and by lines of its serial log.

Pure. Azure's own message always stays next to a cause, in `Cause.quote`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from vmss_tui.fleet.causes.boot_lines import (
    MAX_LINE_LENGTH,
    error_line_numbers,
    last_boot_start,
    plain_line,
)
from vmss_tui.fleet.causes.cause import Cause, Fragments, Rule
from vmss_tui.fleet.causes.guest_rules import GUEST_RULES
from vmss_tui.fleet.causes.platform_rules import PLATFORM_RULES
from vmss_tui.fleet.causes.report_rules import REPORT_RULES
from vmss_tui.fleet.scale_set import ComponentStatus, Health, Instance, Status

__all__ = [
    "RULES",
    "Cause",
    "error_line_numbers",
    "find_causes",
    "instance_statuses",
    "known_cause",
    "last_boot_start",
    "plain_line",
]

RULES = (*PLATFORM_RULES, *GUEST_RULES, *REPORT_RULES)
"""Most decisive first: an image without a root file system explains a time-out, not the reverse."""
_RULES_BY_ID = {rule.id: rule for rule in RULES}
_QUOTE_LENGTH = 300
_LABEL_LENGTH = 80
_MAX_CODE = 500
_MAX_LINES = 20_000
"""Lines of a log, and of messages of statuses, that are searched: the last and the first ones."""
_PLAIN_PARTS = {"provisioningstate", "failed", "succeeded", "componentstatus", "vmextension"}


def find_causes(statuses: Sequence[tuple[str, str]], log_lines: Sequence[str]) -> tuple[Cause, ...]:
    """Causes of a failure, most decisive first; each once, and no line quoted twice.

    `statuses` are pairs of Azure's code and message, such as `instance_statuses` returns them or
    those of an operation: `("AllocationFailed", "…")`. `log_lines` are lines of the serial log
    without ends, of which only the last boot counts. Both have been redacted where they entered.
    """
    first = max(last_boot_start(log_lines), len(log_lines) - _MAX_LINES)
    log = _Lines([("", line) for line in log_lines[first:]])
    messages = _Lines(list(_message_lines(statuses, success=False)))
    reports = _Lines(list(_message_lines(statuses, success=True)))
    causes: list[Cause] = []
    for rule in RULES:
        quote = (
            log.take(rule.lines)
            or messages.take((*rule.lines, *rule.messages))
            or (reports.take(rule.messages) if rule.in_success else "")
            or _coded(rule, statuses)
        )
        if quote:
            causes.append(Cause(rule.id, rule.meaning, rule.help, quote))
    return tuple(causes)


def known_cause(cause_id: str, quote: str) -> Cause | None:
    """A cause that was found before, by its id; None where this version does not know it."""
    rule = _RULES_BY_ID.get(cause_id)
    return Cause(rule.id, rule.meaning, rule.help, quote) if rule else None


def instance_statuses(instance: Instance) -> tuple[tuple[str, str], ...]:
    """Code and message of every status of an instance, for `find_causes`: its own, the health,
    and those of agent and extensions with `VMAgent/` or `VMExtension/NAME/` before the code."""
    health = instance.health
    unhealthy = health in (Health.UNHEALTHY, Health.UNKNOWN)
    return (
        *(_pair("", status) for status in instance.statuses),
        *(((f"HealthState/{str(health).lower()}", ""),) if unhealthy else ()),
        *_component_pairs("VMAgent/", instance.agent),
        *(
            pair
            for extension in instance.extensions
            for pair in _component_pairs(f"VMExtension/{extension.name}/", extension)
        ),
    )


def _component_pairs(prefix: str, component: ComponentStatus | None) -> list[tuple[str, str]]:
    return [_pair(prefix, status) for status in component.statuses] if component else []


def _pair(prefix: str, status: Status) -> tuple[str, str]:
    return f"{prefix}{status.code}", status.message or status.display


def _message_lines(
    statuses: Sequence[tuple[str, str]], *, success: bool
) -> Iterator[tuple[str, str]]:
    """Each line of each message with what is quoted before it."""
    for code, message in statuses:
        if ("/succeeded" in code.lower()) is success:
            for line in message.splitlines():
                yield _label(code), line


def _label(code: str) -> str:
    """`AllocationFailed: ` of `ProvisioningState/failed/AllocationFailed`; the name of an
    extension; empty where the code says no more than that something failed."""
    parts = code[:_MAX_CODE].split("/")
    if parts[0] == "VMExtension" and len(parts) > 1:
        return f"{parts[1]}: "
    last = parts[-1]
    return "" if not last or last.isdecimal() or last.lower() in _PLAIN_PARTS else f"{last}: "


def _coded(rule: Rule, statuses: Sequence[tuple[str, str]]) -> str:
    """The first status with one of the rule's codes, as a quote; empty without any."""
    for code, message in statuses:
        parts = set(code[:_MAX_CODE].lower().split("/"))
        if any(parts.issuperset(entry.split("+")) for entry in rule.codes):
            text = next((line for line in message.splitlines() if line.strip()), "")
            return _quote(_label(code), plain_line(text), "") if text else _quote("", code, "")
    return ""


class _Lines:
    """Lines in which texts are searched, each line quoted once."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = [(label, plain_line(line)) for label, line in lines[:_MAX_LINES]]
        lowered = [line[:MAX_LINE_LENGTH].lower() for _, line in self._lines]
        self._lowered = lowered
        self._text = "\n".join(lowered)
        self._starts = [0, *accumulate(len(line) + 1 for line in lowered)]
        self._quoted: set[int] = set()

    def take(self, patterns: Sequence[Fragments]) -> str:
        """A quote of the first line of the first pattern that occurs; empty without any."""
        for fragments in patterns:
            for index in self._matches(fragments):
                if index not in self._quoted:
                    self._quoted.add(index)
                    return _quote(*self._lines[index], fragments[0])
        return ""

    def _matches(self, fragments: Fragments) -> Iterator[int]:
        """Indices of the lines that contain all fragments in their order."""
        position = self._text.find(fragments[0])
        while position >= 0:
            index = bisect_right(self._starts, position) - 1
            if _contains(self._lowered[index], fragments):
                yield index
            position = self._text.find(fragments[0], self._starts[index + 1])


def _contains(line: str, fragments: Fragments) -> bool:
    position = 0
    for fragment in fragments:
        position = line.find(fragment, position)
        if position < 0:
            return False
        position += len(fragment)
    return True


def _quote(label: str, line: str, fragment: str) -> str:
    """The line on one line; of a long one the part around the fragment."""
    text = line.strip()
    position = text.lower().find(fragment)
    if len(text) > _QUOTE_LENGTH and position > _QUOTE_LENGTH // 2:
        text = f"…{text[position - _QUOTE_LENGTH // 4 :]}"
    quote = f"{label[:_LABEL_LENGTH]}{text}".replace("\t", " ")
    quote = quote if len(quote) <= _QUOTE_LENGTH else f"{quote[: _QUOTE_LENGTH - 1]}…"
    if quote.isprintable():
        return quote
    return "".join(character if character.isprintable() else "\ufffd" for character in quote)
