"""The fields of the upgrade form for the verdict, the bake time and the quarantine. Pure."""

from collections.abc import Callable, Mapping

from vmss_tui.ui.forms.base_form import FormField
from vmss_tui.ui.forms.choice_field import SWITCH
from vmss_tui.upgrade.plan.durations import format_seconds
from vmss_tui.upgrade.plan.policy import VERDICT_FIELDS, Policy, PolicyError
from vmss_tui.upgrade.plan.verdict import (
    Inconclusive,
    OnFailure,
    Verdict,
    VerdictError,
    parse_verdict,
    parse_window,
)
from vmss_tui.upgrade.report.verdict_text import verdict_title

_TIME = "s, m or h"
CHECK_FIELDS = {
    "verdict": FormField(
        "Verdict",
        "Sampled to the end of the bake time: a command (exit 0, 1, 2 = success, failure, "
        "inconclusive), https://… or metric:average of Percentage CPU < 80.",
        placeholder="none",
    ),
    "bake": FormField(
        "Bake time",
        "The run is observed for this long after its last batch, and complete then. 0s for none.",
        _TIME,
    ),
    "verdict_every": FormField(
        "Sample interval", "Time between two samples of the verdict.", _TIME
    ),
    "verdict_timeout": FormField(
        "Sample timeout", "A sample that takes longer than this is inconclusive.", _TIME
    ),
    "verdict_window": FormField(
        "Verdict fails at",
        "So many failures fail the verdict: 3, or 2/5 for 2 of the last 5 samples.",
        "N or N/M",
    ),
    "on_failure": FormField(
        "Failed verdict",
        "What a failed verdict does: the run halts, or rolls back at once where it edited the "
        "model. Space changes it.",
        choices={OnFailure.HALT: "halt", OnFailure.REVERT: "roll back"},
    ),
    "inconclusive": FormField(
        "Inconclusive sample",
        "What a sample that is neither success nor failure does. Space changes it.",
        choices={Inconclusive.PAUSE: "pause", Inconclusive.IGNORE: "ignore"},
    ),
    "quarantine": FormField(
        "Quarantine failed",
        "Protect failed instances from scale-set actions, and continue below the number of "
        "failures that stops the run. Space switches it.",
        choices=SWITCH,
    ),
}
"""In the order of Tab. The first has a line of its own, the others are in two columns."""


def check_fields(policy: Policy) -> dict[str, str]:
    """The values of a policy as texts, by field; the verdict without secrets."""
    verdict = policy.verdict or Verdict()
    is_whole = verdict.failures == verdict.samples
    return {
        "verdict": _shown(policy),
        "bake": format_seconds(policy.bake),
        "verdict_every": format_seconds(verdict.every),
        "verdict_timeout": format_seconds(verdict.timeout),
        "verdict_window": f"{verdict.failures}{'' if is_whole else f'/{verdict.samples}'}",
        "on_failure": str(verdict.on_failure),
        "inconclusive": str(verdict.inconclusive),
        "quarantine": "on" if policy.quarantine else "off",
    }


def checks_from_fields(
    values: Mapping[str, str], default: Policy, parse_time: Callable[[str, str], float]
) -> dict[str, object]:
    """The typed values for `with_fields`; raises `PolicyError`, which names the field.

    A verdict that was not edited is that of the settings, which may contain secrets that the form
    does not show. Without a verdict, how it is sampled does not matter.
    """
    parsed: dict[str, object] = {"quarantine": values["quarantine"] == "on"}
    if values["bake"]:
        parsed["bake"] = parse_time("bake", values["bake"])
    text = values["verdict"]
    verdict = default.verdict if text == _shown(default) else _verdict(text)
    parsed["verdict"] = verdict
    if verdict is None:
        return parsed
    parsers: dict[str, Callable[[str, str], object]] = {
        "verdict_every": parse_time,
        "verdict_timeout": parse_time,
        "verdict_window": _window,
        "inconclusive": lambda _, value: Inconclusive(value),
        "on_failure": lambda _, value: OnFailure(value),
    }
    return parsed | {name: parsers[name](name, values[name]) for name in VERDICT_FIELDS}


def _shown(policy: Policy) -> str:
    """The verdict as it is typed, without secrets; empty for none."""
    verdict = policy.verdict
    if verdict is None:
        return ""
    return f"metric:{verdict.metric}" if verdict.metric else verdict_title(verdict)


def _verdict(text: str) -> Verdict | None:
    try:
        return parse_verdict(text) if text else None
    except VerdictError as error:
        raise PolicyError("verdict", error.rule) from error


def _window(field: str, text: str) -> tuple[int, int]:
    try:
        return parse_window(text)
    except VerdictError as error:
        raise PolicyError(field, error.rule) from error
