"""The facts of one instance as labels and texts, and what is wrong with it. Pure.

IP addresses are shown only after they were requested: they belong to Microsoft.Network, neither
the list nor the instance view has them, and moving the cursor sends no request. The NICs and their
subnets are in the list.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from vmss_tui.fleet.scale_set import ComponentStatus, Instance, ScaleSet, Status
from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.fleet.states import Health, State
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.plan.latest_image import runs_older_image

_FAILED_PREFIX = "provisioningstate/failed/"
_MODEL = {True: "latest model", False: "outdated", None: "not known"}


class Versions(NamedTuple):
    """The image version of an instance, and that of the model where it differs."""

    running: str
    target: str
    is_latest: bool = False
    """The model says `latest`, and the target is the version that this means now."""


def state_name(instance: Instance) -> str:
    """`outdated`, `unhealthy`, `starting` …"""
    group = group_of(instance.state)
    if group is StateGroup.UPGRADING:
        return str(instance.state)
    return "model unknown" if instance.state is State.UNDETERMINED else group.value


def state_since(instance: Instance) -> datetime | None:
    """Since when the instance is in its state; None where Azure does not report it."""
    if instance.state is State.UNHEALTHY:
        return instance.health_at
    ended = (State.FAILED, State.STOPPED, State.DEALLOCATED)
    return instance.changed_at if instance.state in ended else None


def problem_text(instance: Instance) -> str:
    """Why it is failed or unhealthy, in Azure's words; empty where it is neither."""
    if instance.state is State.FAILED:
        message = instance.failure_message
        if message.lower().startswith(_FAILED_PREFIX):
            message = message[len(_FAILED_PREFIX) :]
        return cell(message, 600)
    if instance.state is not State.UNHEALTHY:
        return ""
    statuses = [status for part in instance.extensions for status in part.statuses]
    for status in (*statuses, *instance.statuses):
        if status.level.lower() in ("error", "warning"):
            return cell(_status_text(status), 600)
    is_unknown = instance.health is Health.UNKNOWN
    return "health reported as unknown" if is_unknown else "reported unhealthy"


def versions(
    instance: Instance, scale_set: ScaleSet | None, latest_version: str = ""
) -> Versions | None:
    """The image versions; `latest_version` is what `latest` means now, empty where the model names
    an exact version. None where Azure reports no image."""
    if instance.image is None:
        return None
    running = cell(instance.image.running_version, 40)
    if latest_version:
        is_outdated = runs_older_image(instance, latest_version) is True
        return Versions(running, cell(latest_version, 40) if is_outdated else "", is_outdated)
    if instance.attached_reason:
        return Versions(running, "")
    image = scale_set.image if scale_set else None
    target = cell(image.version or image.short_reference, 40) if image else ""
    if not target or target == running or instance.latest_model_applied:
        return Versions(running, "")
    return Versions(running, target)


def model_text(instance: Instance, latest_version: str = "") -> str:
    """Whether it has the latest model; with `latest` its image may be older all the same."""
    text = _MODEL[instance.latest_model_applied]
    if (
        instance.latest_model_applied
        and latest_version
        and runs_older_image(instance, latest_version)
    ):
        return f"{text}, but an older image"
    return text


def domain_text(instance: Instance) -> str:
    """`zone 1 · UD 2 · FD 2`, as far as they are reported."""
    parts = (
        ("zone", instance.zone),
        ("UD", instance.update_domain),
        ("FD", instance.fault_domain),
    )
    return " · ".join(f"{name} {value}" for name, value in parts if value is not None)


def facts(
    instance: Instance,
    appearance: Appearance,
    now: datetime | None,
    addresses: Sequence[tuple[str, str]] = (),
) -> Iterator[tuple[str, str]]:
    """(label, text) of what is known apart from state, run, image, health and extensions. Texts may
    be empty. `addresses` are those that were requested."""

    def moment(at: datetime | None) -> str:
        return time_and_age(at, now, appearance) if at else ""

    yield "Power", str(instance.power)
    yield "Provisioning state", str(instance.provisioning)
    yield "Health reported", moment(instance.health_at)
    yield "Zone/UD/FD", _domains(instance)
    yield "Size", cell(instance.vm_size or "", 40)
    yield "OS", cell(" ".join(filter(None, (instance.os_name, instance.os_version))), 60)
    yield "Computer name", cell(instance.computer_name or "", 64)
    yield "Placement group", cell(instance.placement_group or "", 40)
    for interface in instance.network_interfaces:
        subnets = f" · {cell(interface.subnets, 160)}" if interface.subnets else ""
        yield "NIC", f"{cell(interface.name, 80)}{subnets}"
    for label, text in addresses:
        yield label, cell(text, 80)
    yield "Protection", _protection(instance)
    yield "Upgrade phase", "" if instance.upgrade_phase is None else str(instance.upgrade_phase)
    yield "Skip upgrade", "its application reports SkipUpgrade" if instance.skip_upgrade else ""
    yield "Attached", cell(instance.attached_reason, 200)
    if window := instance.maintenance_window:
        yield "Maintenance", f"planned by Azure from {appearance.day_and_clock(window[0])}"
    yield "Created", moment(instance.created_at)
    yield "Last change", moment(instance.changed_at)


def time_and_age(at: datetime, now: datetime | None, appearance: Appearance) -> str:
    """`14 Oct 23:38 (45 d ago)`."""
    text = appearance.day_and_clock(at)
    seconds = (now - at).total_seconds() if now else -1.0
    if seconds < 60:
        return text
    minutes = int(seconds // 60)
    age = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
    return f"{text} ({f'{minutes // 1440} d' if minutes >= 2880 else age} ago)"


class ComponentState(NamedTuple):
    """The state of an extension, agent or disk."""

    level: str
    """`error`, `warning`, or empty where it is in order."""
    text: str
    """Every status that is not in order with its message; else the last state, `succeeded`."""
    time: str = ""
    """When it was reported; empty where a problem or nothing is reported."""


def component_state(part: ComponentStatus, appearance: Appearance) -> ComponentState:
    """The worst of its statuses."""
    order = ("error", "warning")
    problems = [status for status in part.statuses if status.level.lower() in order]
    if problems:
        levels = [status.level.lower() for status in problems]
        text = "; ".join(_status_text(status) for status in problems)
        return ComponentState(min(levels, key=order.index), text)
    if not part.statuses:
        return ComponentState("", "not reported")
    last = max(part.statuses, key=lambda status: status.at.timestamp() if status.at else 0.0)
    state = last.code.rpartition("/")[2].lower() or last.display.lower() or last.message
    return ComponentState("", cell(state, 40), appearance.day_and_clock(last.at) if last.at else "")


def _status_text(status: Status) -> str:
    """Azure's code and message, or its display text; each once."""
    parts = [status.display or status.code, status.message]
    texts = [text for text in parts if text]
    if len(texts) == 2 and texts[0].lower() in texts[1].lower():
        texts = texts[1:]
    return cell(": ".join(texts), 400)


def _domains(instance: Instance) -> str:
    values = (instance.zone, instance.update_domain, instance.fault_domain)
    if all(value is None for value in values):
        return ""
    return " / ".join("none" if value is None else str(value) for value in values)


def _protection(instance: Instance) -> str:
    protections = (
        (instance.protected_from_actions, "from scale set actions"),
        (instance.protected_from_scale_in, "from scale-in"),
    )
    return ", ".join(text for is_protected, text in protections if is_protected) or "none"
