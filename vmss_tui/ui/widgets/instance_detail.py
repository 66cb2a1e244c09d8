"""All that is known of one instance, in words: a pane, and the same in one line.

Addresses are here once somebody has asked for them: neither a list nor an instance view holds one
(they belong to Microsoft.Network), and moving the cursor costs no request. What the list does say
is shown before: the network cards, each with its subnet.
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
from vmss_tui.upgrade.plan.latest_image import is_behind

_LABEL = 11
_MODEL = {True: "current", False: "stale", None: "model not known"}


def one_line(
    instance: Instance | None,
    scale_set: ScaleSet | None,
    look: Appearance,
    latest: str = "",
    width: int = 200,
) -> Content:
    """`42 stale · running · healthy · 22.04… → 22.04… · UD 2 · FD 2`, for narrow terminals.

    `latest` is what that means now, where the model says it. Where it is narrower than the words,
    the version that is wanted gives way first: where the instance stands is said as long as can be.
    """
    if instance is None:
        return Content.styled(" no instance", "$quiet")
    version = _version(instance, scale_set, look, latest)
    running, arrow, wanted = version.partition(f" {look.sign('to')} ")
    pairs = zip(running, wanted, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    short = f"{running}{arrow}…{wanted[same:]}"
    shorter = [version, short, running, ""] if arrow else [version, ""]
    swatch = STATES[instance.state]
    for told in shorter:
        said = [*_states(instance, latest), told, _place(instance)]
        line = Content.assemble(
            " ",
            (swatch.character(look.glyphs), tone_style(swatch.tone)),
            (f" {cell(instance.instance_id, 30)} ", "bold"),
            (cell(" · ".join(filter(None, said)), 200), ""),
        )
        if line.cell_length <= width:
            return line
    return line.truncate(width, ellipsis=True)


class Detail(VerticalScroll):
    """The pane; shows the instance under the cursor."""

    can_focus = True

    def __init__(self, look: Appearance) -> None:
        super().__init__()
        self.look = look
        self._tell: Callable[[int], Content] = _nobody
        self._words = ComputedText(lambda width: self._tell(width), classes="words")

    def compose(self) -> Iterator[ComputedText]:
        """One block of text, scrolled where it is long."""
        yield self._words

    def show(
        self,
        instance: Instance | None,
        scale_set: ScaleSet | None,
        latest: str = "",
        of_run: str = "",
        reached: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Tells about another instance, or the same one as it is now; how far the run is with it,
        and the addresses that were asked for."""
        if instance is None:
            self._tell = _nobody
        else:
            facts = tuple(self._facts(instance, scale_set, latest, of_run, reached))
            self._tell = lambda width: Content("\n").join(self._lines(instance, facts, width))
        self._words.update_content()

    def _lines(
        self, instance: Instance, facts: Iterable[tuple[str, str]], width: int
    ) -> Iterator[Content]:
        look = self.look
        swatch = STATES[instance.state]
        yield Content.assemble(
            (f"instance {cell(instance.instance_id, 40)}", "bold"),
            "  ",
            (f"{swatch.character(look.glyphs)} {swatch.name}", tone_style(swatch.tone)),
        )
        yield Content.styled(cell(instance.name, 80), "$quiet")
        yield Content("")
        for label, words in facts:
            if words:
                yield hang_lines(Content.assemble((f"{label:<{_LABEL}}", "$quiet"), words), width)
        for part in filter(None, (instance.agent, *instance.extensions, *instance.disks)):
            yield from _part(part, look, width)
        for status in instance.statuses:
            if status.message:
                yield Content("")
                yield Content.styled(cell(status.display or status.code, 80), "bold")
                yield Content.styled(cell(status.message, 600), f"$tone-{_tone(status.level)}")
        for oddity in instance.unrecognized:
            yield Content.styled(f"Azure also says {cell(oddity, 120)}", "$quiet")

    def _facts(
        self,
        instance: Instance,
        scale_set: ScaleSet | None,
        latest: str,
        of_run: str,
        reached: Sequence[tuple[str, str]],
    ) -> Iterator[tuple[str, str]]:
        look = self.look
        yield "run", cell(of_run, 200)
        yield "power", str(instance.power)
        yield "health", str(instance.health or "no signal")
        yield "reported", look.day_and_clock(instance.health_at) if instance.health_at else ""
        yield "provision", str(instance.provisioning)
        yield "model", _model(instance, latest)
        told = _version(instance, scale_set, look, latest)
        running, _, wanted = told.partition(f" {look.sign('to')} ")
        yield "image", running
        yield "wanted", wanted
        yield "size", cell(instance.vm_size or "", 40)
        yield "place", _place(instance)
        yield "group", cell(instance.placement_group or "", 25)
        yield "computer", cell(instance.computer_name or "", 64)
        yield "system", cell(" ".join(filter(None, (instance.os_name, instance.os_version))), 60)
        guards = [
            words
            for on, words in (
                (instance.protected_from_actions, "from set actions"),
                (instance.protected_from_scale_in, "from scale-in"),
            )
            if on
        ]
        yield "protected", ", ".join(guards)
        for label, words in reached:
            yield label, cell(words, 80)
        for card in instance.network_interfaces:
            yield "card", cell(card.name, 80)
            yield "subnet", cell(card.subnets, 160)
        yield "changed", look.day_and_clock(instance.changed_at) if instance.changed_at else ""
        yield "created", look.day_and_clock(instance.created_at) if instance.created_at else ""


def _nobody(_width: int) -> Content:
    return Content.styled("no instance under the cursor", "$quiet")


def _part(part: ComponentStatus, look: Appearance, width: int) -> Iterator[Content]:
    yield Content("")
    times = [look.day_and_clock(at) for at in sorted({s.at for s in part.statuses if s.at})]
    name = Content.styled(cell(part.name, 60), "bold")
    about = Content.styled("  ".join((cell(part.version, 20), *times[-1:])).strip(), "$quiet")
    beside = Content.assemble(name, " ", about)
    yield beside if beside.cell_length <= width else Content.assemble(name, "\n", about)
    for status in part.statuses:
        words = cell(": ".join(filter(None, (status.display or status.code, status.message))), 400)
        yield Content.styled(words, f"$tone-{_tone(status.level)}" if status.level else "")


def _tone(level: str) -> Tone:
    return {"error": Tone.UNHEALTHY, "warning": Tone.OUTDATED}.get(level.lower(), Tone.OFF)


def _model(instance: Instance, latest: str) -> str:
    """Azure calls current what has the model, although with `latest` that may be behind."""
    told = _MODEL[instance.latest_model_applied]
    if instance.latest_model_applied and latest and is_behind(instance, latest):
        return f"{told}, but behind"
    return told


def _states(instance: Instance, latest: str) -> list[str]:
    return [
        _model(instance, latest),
        str(instance.power),
        str(instance.health or "no health signal"),
        "" if instance.provisioning == "Succeeded" else str(instance.provisioning),
    ]


def _version(instance: Instance, scale_set: ScaleSet | None, look: Appearance, latest: str) -> str:
    """What it runs, and what the model wants where that differs."""
    if instance.image is None:
        return ""
    running = cell(instance.image.running_version, 40)
    if latest:
        behind = is_behind(instance, latest)
        return f"{running} {look.sign('to')} {cell(latest, 40)} (latest)" if behind else running
    image = scale_set.image if scale_set else None
    wanted = cell(image.version or image.short_reference, 40) if image else ""
    if not wanted or wanted == running or instance.latest_model_applied:
        return running
    return f"{running} {look.sign('to')} {wanted}"


def _place(instance: Instance) -> str:
    found = (
        ("zone", instance.zone),
        ("UD", instance.update_domain),
        ("FD", instance.fault_domain),
    )
    return " · ".join(f"{name} {value}" for name, value in found if value is not None)
