"""All facts about one instance as text: a pane, and a summary in one line.

IP addresses are shown only after they were requested: they belong to Microsoft.Network, neither
the list nor the instance view has them, and moving the cursor sends no request. The network cards
and their subnets are in the list.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

from textual.containers import VerticalScroll
from textual.content import Content

from vmss_tui.fleet.scale_set import ComponentStatus, Instance, ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance, Tone, tone_style
from vmss_tui.ui.drawing.hanging_text import hang_lines
from vmss_tui.ui.drawing.static_text import ComputedText
from vmss_tui.ui.instances.cell_modes import STATES
from vmss_tui.upgrade.plan.latest_image import runs_older_image

_LABEL = 11
_MODEL = {True: "current", False: "stale", None: "model not known"}


def instance_summary(
    instance: Instance | None,
    scale_set: ScaleSet | None,
    appearance: Appearance,
    latest_version: str = "",
    width: int = 200,
) -> Content:
    """`42 stale · running · healthy · 22.04… → 22.04… · UD 2 · FD 2`, for narrow terminals.

    `latest_version` is the version that `latest` refers to; empty where the model names an exact
    one. If the line is too long, the version of the model is shortened first, then left out.
    """
    if instance is None:
        return Content.styled(" no instance", "$quiet")
    version = _version_text(instance, scale_set, appearance, latest_version)
    running, arrow, target = version.partition(f" {appearance.sign('to')} ")
    pairs = zip(running, target, strict=False)
    shared_length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    short = f"{running}{arrow}…{target[shared_length:]}"
    versions = [version, short, running, ""] if arrow else [version, ""]
    cell_style = STATES[instance.state]
    for version_text in versions:
        facts = [*_state_texts(instance, latest_version), version_text, _place_text(instance)]
        line = Content.assemble(
            " ",
            (cell_style.character(appearance.glyphs), tone_style(cell_style.tone)),
            (f" {cell(instance.instance_id, 30)} ", "bold"),
            (cell(" · ".join(filter(None, facts)), 200), ""),
        )
        if line.cell_length <= width:
            return line
    return line.truncate(width, ellipsis=True)


class InstanceDetail(VerticalScroll):
    """A pane with the facts of the instance under the cursor."""

    can_focus = True

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._content_for_width: Callable[[int], Content] = _no_instance
        self._text = ComputedText(
            lambda width: self._content_for_width(width), classes="detail-text"
        )

    def compose(self) -> Iterator[ComputedText]:
        """One block of text, which scrolls."""
        yield self._text

    def show(
        self,
        instance: Instance | None,
        scale_set: ScaleSet | None,
        latest_version: str = "",
        run_text: str = "",
        addresses: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Shows an instance, with its state in the run and its requested addresses as pairs of
        label and text."""
        if instance is None:
            self._content_for_width = _no_instance
        else:
            facts = tuple(self._facts(instance, scale_set, latest_version, run_text, addresses))
            self._content_for_width = lambda width: Content("\n").join(
                self._lines(instance, facts, width)
            )
        self._text.update_content()

    def _lines(
        self, instance: Instance, facts: Iterable[tuple[str, str]], width: int
    ) -> Iterator[Content]:
        appearance = self.appearance
        cell_style = STATES[instance.state]
        yield Content.assemble(
            (f"instance {cell(instance.instance_id, 40)}", "bold"),
            "  ",
            (
                f"{cell_style.character(appearance.glyphs)} {cell_style.name}",
                tone_style(cell_style.tone),
            ),
        )
        yield Content.styled(cell(instance.name, 80), "$quiet")
        yield Content("")
        for label, text in facts:
            if text:
                yield hang_lines(Content.assemble((f"{label:<{_LABEL}}", "$quiet"), text), width)
        for part in filter(None, (instance.agent, *instance.extensions, *instance.disks)):
            yield from _component_lines(part, appearance, width)
        for status in instance.statuses:
            if status.message:
                yield Content("")
                yield Content.styled(cell(status.display or status.code, 80), "bold")
                yield Content.styled(cell(status.message, 600), f"$tone-{_tone(status.level)}")
        for state in instance.unrecognized:
            yield Content.styled(f"Azure also says {cell(state, 120)}", "$quiet")

    def _facts(
        self,
        instance: Instance,
        scale_set: ScaleSet | None,
        latest_version: str,
        run_text: str,
        addresses: Sequence[tuple[str, str]],
    ) -> Iterator[tuple[str, str]]:
        appearance = self.appearance
        yield "run", cell(run_text, 200)
        yield "power", str(instance.power)
        yield "health", str(instance.health or "no signal")
        yield "reported", appearance.day_and_clock(instance.health_at) if instance.health_at else ""
        yield "provision", str(instance.provisioning)
        yield "model", _model_text(instance, latest_version)
        version = _version_text(instance, scale_set, appearance, latest_version)
        running, _, target = version.partition(f" {appearance.sign('to')} ")
        yield "image", running
        yield "wanted", target
        yield "phase", "" if instance.upgrade_phase is None else str(instance.upgrade_phase)
        yield "skip", "its application reports SkipUpgrade" if instance.skip_upgrade else ""
        yield "attached", cell(instance.attached_reason, 200)
        yield "size", cell(instance.vm_size or "", 40)
        yield "place", _place_text(instance)
        yield "group", cell(instance.placement_group or "", 25)
        yield "computer", cell(instance.computer_name or "", 64)
        yield "system", cell(" ".join(filter(None, (instance.os_name, instance.os_version))), 60)
        protections = [
            text
            for is_protected, text in (
                (instance.protected_from_actions, "from set actions"),
                (instance.protected_from_scale_in, "from scale-in"),
            )
            if is_protected
        ]
        yield "protected", ", ".join(protections)
        for label, text in addresses:
            yield label, cell(text, 80)
        for card in instance.network_interfaces:
            yield "card", cell(card.name, 80)
            yield "subnet", cell(card.subnets, 160)
        yield (
            "changed",
            appearance.day_and_clock(instance.changed_at) if instance.changed_at else "",
        )
        if window := instance.maintenance_window:
            yield "planned", f"maintenance by Azure from {appearance.day_and_clock(window[0])}"
        yield (
            "created",
            appearance.day_and_clock(instance.created_at) if instance.created_at else "",
        )


def _no_instance(_width: int) -> Content:
    return Content.styled("no instance under the cursor", "$quiet")


def _component_lines(
    part: ComponentStatus, appearance: Appearance, width: int
) -> Iterator[Content]:
    yield Content("")
    times = [appearance.day_and_clock(at) for at in sorted({s.at for s in part.statuses if s.at})]
    name = Content.styled(cell(part.name, 60), "bold")
    about = Content.styled("  ".join((cell(part.version, 20), *times[-1:])).strip(), "$quiet")
    one_line = Content.assemble(name, " ", about)
    yield one_line if one_line.cell_length <= width else Content.assemble(name, "\n", about)
    for status in part.statuses:
        text = cell(": ".join(filter(None, (status.display or status.code, status.message))), 400)
        yield Content.styled(text, f"$tone-{_tone(status.level)}" if status.level else "")


def _tone(level: str) -> Tone:
    return {"error": Tone.UNHEALTHY, "warning": Tone.OUTDATED}.get(level.lower(), Tone.OFF)


def _model_text(instance: Instance, latest_version: str) -> str:
    """Whether the instance has the model; with `latest` its image may be older all the same."""
    text = _MODEL[instance.latest_model_applied]
    if (
        instance.latest_model_applied
        and latest_version
        and runs_older_image(instance, latest_version)
    ):
        return f"{text}, but behind"
    return text


def _state_texts(instance: Instance, latest_version: str) -> list[str]:
    return [
        _model_text(instance, latest_version),
        str(instance.power),
        str(instance.health or "no health signal"),
        "" if instance.provisioning == "Succeeded" else str(instance.provisioning),
    ]


def _version_text(
    instance: Instance, scale_set: ScaleSet | None, appearance: Appearance, latest_version: str
) -> str:
    """The image version of the instance, and that of the model where it differs."""
    if instance.image is None:
        return ""
    running = cell(instance.image.running_version, 40)
    if latest_version:
        is_outdated = runs_older_image(instance, latest_version)
        return (
            f"{running} {appearance.sign('to')} {cell(latest_version, 40)} (latest)"
            if is_outdated
            else running
        )
    if instance.attached_reason:
        return running
    image = scale_set.image if scale_set else None
    target = cell(image.version or image.short_reference, 40) if image else ""
    if not target or target == running or instance.latest_model_applied:
        return running
    return f"{running} {appearance.sign('to')} {target}"


def _place_text(instance: Instance) -> str:
    parts = (
        ("zone", instance.zone),
        ("UD", instance.update_domain),
        ("FD", instance.fault_domain),
    )
    return " · ".join(f"{name} {value}" for name, value in parts if value is not None)
