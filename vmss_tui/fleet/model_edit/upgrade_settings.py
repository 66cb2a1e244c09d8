"""Settings for what Azure does by itself: upgrade policy, automatic OS upgrades, repairs.

Each setting has its JSON path and the conversions between typed text and JSON. Pure. Ranges and
units: "RollingUpgradePolicy", "AutomaticOSUpgradePolicy" and "AutomaticRepairsPolicy" of the
Virtual Machine Scale Sets REST pages.
"""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.scale_set import PolicyMode

_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_ON = {"on": True, "off": False, "yes": True, "no": False, "true": True, "false": False}
_ROLLING = "upgradePolicy.rollingUpgradePolicy"
_OS = "upgradePolicy.automaticOSUpgradePolicy"
_REPAIRS = "automaticRepairsPolicy"
REPAIR_ACTIONS = ("Replace", "Restart", "Reimage")

JsonValue = str | int | bool


class Setting(Struct, frozen=True):
    """A setting. `field` is its name in `Edit`, `path` the JSON path below `properties`."""

    field: str
    path: str
    title: str
    allowed: str
    """The values allowed, as text."""
    to_json: Callable[[str], JsonValue | None]
    """Returns None for invalid text."""
    to_text: Callable[[object], str] = str
    choices: tuple[str, ...] = ()


def _percent_parser(minimum: int) -> Callable[[str], int | None]:
    def parse(text: str) -> int | None:
        digits = text.removesuffix("%").strip()
        valid = digits.isascii() and digits.isdigit() and len(digits) < 4
        return int(digits) if valid and minimum <= int(digits) <= 100 else None

    return parse


def _parse_switch(text: str) -> bool | None:
    return _ON.get(text.lower())


def _parse_inverted_switch(text: str) -> bool | None:
    value = _parse_switch(text)
    return None if value is None else not value


def _parse_pause(text: str) -> str | None:
    seconds = _parse_number(text)
    return None if seconds is None or seconds > 86_400 else f"PT{seconds}S"


def _parse_grace(text: str) -> str | None:
    minutes = _parse_number(text)
    return None if minutes is None or not 10 <= minutes <= 90 else f"PT{minutes}M"


def _parse_action(text: str) -> str | None:
    return next((action for action in REPAIR_ACTIONS if action.lower() == text.lower()), None)


def _parse_mode(text: str) -> str | None:
    return next((mode for mode in MODES if mode.lower() == text.lower()), None)


def _parse_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _switch_text(value: object) -> str:
    return "on" if value is True else "off"


def _inverted_switch_text(value: object) -> str:
    return "off" if value is True else "on"


def _seconds_text(value: object) -> str:
    seconds = parse_duration(str(value))
    return str(value) if seconds is None else f"{seconds:g}"


def _minutes_text(value: object) -> str:
    seconds = parse_duration(str(value))
    return str(value) if seconds is None else f"{seconds / 60:g}"


MODES = tuple(str(mode) for mode in PolicyMode if mode is not PolicyMode.UNKNOWN)
_SWITCH = ("on", "off")

SETTINGS: tuple[Setting, ...] = (
    Setting("policy_mode", "upgradePolicy.mode", "Upgrade policy", ", ".join(MODES), _parse_mode,
            choices=MODES),
    Setting("max_batch_instance_percent", f"{_ROLLING}.maxBatchInstancePercent",
            "Max batch instance %", "5 to 100", _percent_parser(5)),
    Setting("max_unhealthy_instance_percent", f"{_ROLLING}.maxUnhealthyInstancePercent",
            "Max unhealthy instance %", "5 to 100", _percent_parser(5)),
    Setting("max_unhealthy_upgraded_instance_percent",
            f"{_ROLLING}.maxUnhealthyUpgradedInstancePercent",
            "Max unhealthy upgraded instance %", "0 to 100", _percent_parser(0)),
    Setting("pause_time_between_batches", f"{_ROLLING}.pauseTimeBetweenBatches",
            "Pause time between batches (s)", "0 to 86400", _parse_pause, _seconds_text),
    Setting("prioritize_unhealthy_instances", f"{_ROLLING}.prioritizeUnhealthyInstances",
            "Prioritize unhealthy instances", "on or off", _parse_switch, _switch_text, _SWITCH),
    Setting("enable_cross_zone_upgrade", f"{_ROLLING}.enableCrossZoneUpgrade",
            "Enable cross-zone upgrade", "on or off", _parse_switch, _switch_text, _SWITCH),
    Setting("max_surge", f"{_ROLLING}.maxSurge", "Max surge (create new VMs)", "on or off",
            _parse_switch, _switch_text, _SWITCH),
    Setting("rollback_failed_instances", f"{_ROLLING}.rollbackFailedInstancesOnPolicyBreach",
            "Rollback failed instances on policy breach", "on or off",
            _parse_switch, _switch_text, _SWITCH),
    Setting("automatic_os_upgrade", f"{_OS}.enableAutomaticOSUpgrade", "Automatic OS upgrade",
            "on or off", _parse_switch, _switch_text, _SWITCH),
    Setting("automatic_os_rollback", f"{_OS}.disableAutomaticRollback", "Automatic OS rollback",
            "on or off", _parse_inverted_switch, _inverted_switch_text, _SWITCH),
    Setting("automatic_repairs", f"{_REPAIRS}.enabled", "Automatic repairs", "on or off",
            _parse_switch, _switch_text, _SWITCH),
    Setting("repairs_grace_period", f"{_REPAIRS}.gracePeriod", "Repairs grace period (min)",
            "10 to 90", _parse_grace, _minutes_text),
    Setting("repair_action", f"{_REPAIRS}.repairAction", "Repair action", ", ".join(REPAIR_ACTIONS),
            _parse_action, choices=REPAIR_ACTIONS),
)  # fmt: skip
"""In the order of the model editor and of the command `model`."""
SETTINGS_BY_FIELD = {setting.field: setting for setting in SETTINGS}


def settings_body(edit: Edit) -> dict[str, object]:
    """The part of a PATCH below `properties` for every setting of `edit`.

    Raises `InvalidEdit`.
    """
    body: dict[str, object] = {}
    for setting in SETTINGS:
        text = getattr(edit, setting.field)
        if text is None:
            continue
        value = setting.to_json(text)
        if value is None:
            name = setting.field.replace("_", " ")
            raise InvalidEdit(setting.field, f"{name} must be {setting.allowed}, not {text!a}")
        *parents, last = setting.path.split(".")
        target = body
        for parent in parents:
            target = target.setdefault(parent, {})  # type: ignore[assignment]
        target[last] = value
    return body


def current_settings(raw: Mapping[str, object]) -> dict[str, str]:
    """Field -> present value as text; empty where not reported."""
    texts = {}
    for setting in SETTINGS:
        value = value_at(raw, f"properties.{setting.path}")
        texts[setting.field] = "" if value is None else setting.to_text(value)
    return texts


def value_at(tree: object, path: str) -> object:
    """The value at a dotted path; None where there is none."""
    for key in path.split("."):
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def parse_duration(duration: str) -> float | None:
    """Seconds of an ISO 8601 duration of at most days; None for anything else."""
    match = _ISO.fullmatch(duration.upper())
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
