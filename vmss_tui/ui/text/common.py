"""What a confirmation says of an edit, a retry, a way back, as lines to read. Pure."""

from collections.abc import Iterable, Iterator

from textual.content import Content

from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.model_edit.diff import DiffLine
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.engine.revert import Again, Back

_LABEL = 14


def describe_change(
    wanted: Change, scale_set: ScaleSetId, context: AzureContext, subscription: str, look: Appearance
) -> Content:
    """An edit of the model: the difference, what it sets off, the command that does the same."""
    return Content("\n").join(
        [
            *describe_diff(wanted.lines, look),
            Content(""),
            Content.styled(
                wanted.consequence, "bold $tone-unhealthy" if wanted.azure_acts else "bold $accent"
            ),
            Content(""),
            Content.styled(cell(wanted.az, 600), "$quiet"),
            Content(""),
            *where(scale_set, context, subscription),
        ]
    )


def describe_retry(
    wanted: Again,
    followed: tuple[str, ...],
    scale_set: ScaleSetId,
    context: AzureContext,
    subscription: str,
) -> Content:
    """Which failed instances would be asked once more; `followed` ones have the model already."""
    asked = tuple(i for i in wanted.instance_ids if i not in followed)
    lines = [fact("asked again", counted_ids(asked))] if asked else []
    if followed:
        lines.append(fact("waited for", counted_ids(followed)))
        lines.append(fact("", "on the model already: nothing is asked, they get another deadline"))
    if wanted.waiting:
        lines.append(fact("then", f"the run goes on with {wanted.waiting} not asked yet"))
    return Content("\n").join([*lines, Content(""), *where(scale_set, context, subscription)])


def describe_revert(wanted: Back, scale_set: ScaleSetId, context: AzureContext, subscription: str) -> Content:
    """What would go back to the previous model, and what stays as it is."""
    lines = [
        Content.styled("The model's edit is undone:", "bold $accent"),
        *(Content(f"  {cell(line.removeprefix('properties.'), 200)}") for line in wanted.lines),
        Content(""),
        fact("put back", counted_ids(wanted.instance_ids) if wanted.instance_ids else "no instance"),
    ]
    if wanted.untouched:
        lines.append(fact("untouched", f"{counted_ids(wanted.untouched)}, on the previous image"))
    return Content("\n").join([*lines, Content(""), *where(scale_set, context, subscription)])


OLD = "the reading is old: what it shows may have changed since"


def with_cautions(body: Content, *cautions: str) -> Content:
    """The body of a question, with what is to be known first where there is something."""
    found = [
        fact("caution", cell(words, 300)).stylize("bold $tone-unhealthy") for words in cautions if words
    ]
    return Content("\n").join([*found, Content(""), body]) if found else body


def describe_diff(lines: Iterable[DiffLine], look: Appearance) -> Iterator[Content]:
    """Path, then old → new."""
    for line in lines:
        path = line.path.removeprefix("properties.").removeprefix("virtualMachineProfile.")
        yield Content.styled(cell(path, 120), "$quiet")
        yield Content.assemble(
            "  ",
            (cell(line.old if line.old is not None else "(absent)", 160), "$tone-outdated"),
            f" {look.sign('to')} ",
            (cell(line.new if line.new is not None else "(absent)", 160), "bold $tone-good"),
        )


def where(scale_set: ScaleSetId, context: AzureContext, subscription: str) -> Iterator[Content]:
    """On what, where, and as whom; the id in plain ASCII, so that no look-alike hides in it."""
    yield fact("scale set", ascii(scale_set.resource_id)[1:-1])
    yield fact("subscription", cell(subscription, 80))
    who = [cell(context.principal, 60) or "(principal not known)"]
    who += [f"tenant {cell(context.tenant_id, 40)}"] if context.tenant_id else []
    yield fact("as", ", ".join(who))
    demo = " (demo: a simulator, not Azure)" if context.demo else ""
    yield fact("at", f"{cell(context.endpoint, 80)}{demo}")


def fact(label: str, words: str) -> Content:
    """A line of the form `label   words`."""
    return Content.assemble((f"{label:<{_LABEL}}", "$quiet"), words)


def counted_ids(ids: tuple[str, ...]) -> str:
    """`3: 1 2 5`."""
    return f"{len(ids)}: {listed(ids, 8)}"


def listed(ids: tuple[str, ...], most: int) -> str:
    """The first of them."""
    return cell(" ".join(ids[:most]) + (" …" if len(ids) > most else ""), 100)
