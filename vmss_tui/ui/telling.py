"""What a confirmation says: a plan, or an edit of the model, as lines to read. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from textual.content import Content

from vmss_tui.fleet.change import Change
from vmss_tui.fleet.diff import DiffLine
from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Context
from vmss_tui.text import cell
from vmss_tui.ui.look import Look
from vmss_tui.upgrade.plan import Plan, Why
from vmss_tui.upgrade.reverting import Again, Back
from vmss_tui.upgrade.words import duration

_LABEL = 14
_SHOWN_BATCHES = 40


def plan_words(plan: Plan, context: Context, subscription: str, look: Look) -> Content:
    """A plan, complete enough to say yes to."""
    policy = plan.policy
    count, batches = len(plan.instance_ids), len(plan.batches)
    serving = plan.running_at_start - plan.unavailable_budget
    lines = [
        _fact("upgrade", f"{count} instances in {batches} {_s(batches, 'batch', 'batches')}"),
        *(_caution(words) for words in plan.cautions),
        *_edit(plan, look),
        Content(""),
        *_batches(plan),
        *_left_out(plan),
        Content(""),
        _fact(
            "serving",
            f"at least {max(0, serving)} of {plan.running_at_start} running stay up "
            f"(at most {plan.unavailable_budget} down at once)",
        ),
    ]
    if plan.baseline:
        lines.append(_fact("sick before", _ids(plan.baseline)))
    halts = _s(policy.max_new_failures, "the first failure", f"{policy.max_new_failures} failures")
    lines.append(_fact("halts at", f"{halts}, or a spent budget, or a changed model"))
    for label, words in _waits(plan):
        lines.append(_fact(label, words))
    return Content("\n").join([*lines, Content(""), *where(plan.scale_set, context, subscription)])


def change_words(
    wanted: Change, scale_set: ScaleSetId, context: Context, subscription: str, look: Look
) -> Content:
    """An edit of the model: the difference, what it sets off, the command that does the same."""
    return Content("\n").join(
        [
            *diff_words(wanted.lines, look),
            Content(""),
            Content.styled(wanted.consequence, "bold $accent"),
            Content(""),
            Content.styled(cell(wanted.az, 600), "$quiet"),
            Content(""),
            *where(scale_set, context, subscription),
        ]
    )


def again_words(
    wanted: Again, scale_set: ScaleSetId, context: Context, subscription: str
) -> Content:
    """Which failed instances would be asked once more."""
    lines = [_fact("asked again", _ids(wanted.instance_ids))]
    if wanted.waiting:
        lines.append(_fact("then", f"the run goes on with {wanted.waiting} not asked yet"))
    return Content("\n").join([*lines, Content(""), *where(scale_set, context, subscription)])


def back_words(wanted: Back, scale_set: ScaleSetId, context: Context, subscription: str) -> Content:
    """What would go back to the previous model, and what stays as it is."""
    lines = [
        Content.styled("The model's edit is undone:", "bold $accent"),
        *(Content(f"  {cell(line.removeprefix('properties.'), 200)}") for line in wanted.lines),
        Content(""),
        _fact("put back", _ids(wanted.instance_ids) if wanted.instance_ids else "no instance"),
    ]
    if wanted.untouched:
        lines.append(_fact("untouched", f"{_ids(wanted.untouched)}, on the previous image"))
    return Content("\n").join([*lines, Content(""), *where(scale_set, context, subscription)])


def versions_words(versions: Sequence[str], snapshot: Snapshot, look: Look) -> Content:
    """Versions newest first with the model's own place, and how many instances run each."""
    image = snapshot.scale_set.image
    model = image.version if image else ""
    counts = Counter(i.image.running_version if i.image else "" for i in snapshot.instances)
    unknown = counts.pop("", 0)
    every = sorted({*versions, *counts} | ({model} if model else set()), key=version_key)
    lines = []
    for version in reversed(every):
        count = counts.get(version, 0)
        told = [f"{count} instance{'' if count == 1 else 's'}"] if count else []
        told += ["the model"] if version == model else []
        told += ["not offered any more"] if versions and version not in versions else []
        sign = look.sign("cursor") if version == model else " "
        style = "bold $accent" if version == model else "bold" if count else ""
        words = "  ".join(told)
        lines.append(Content.assemble((f"{sign} {cell(version, 60):<24}", style), f"  {words}"))
    if unknown:
        lines.append(Content.styled(f"  {unknown} instances do not say what they run", "$quiet"))
    return Content("\n").join(lines)


def diff_words(lines: Iterable[DiffLine], look: Look) -> Iterator[Content]:
    """Path, then old → new."""
    for line in lines:
        path = line.path.removeprefix("properties.").removeprefix("virtualMachineProfile.")
        yield Content.styled(cell(path, 120), "$quiet")
        yield Content.assemble(
            "  ",
            (cell(line.old if line.old is not None else "(absent)", 160), "$tone-stale"),
            f" {look.sign('to')} ",
            (cell(line.new if line.new is not None else "(absent)", 160), "bold $tone-good"),
        )


def where(scale_set: ScaleSetId, context: Context, subscription: str) -> Iterator[Content]:
    """On what, where, and as whom; the id in plain ASCII, so that no look-alike hides in it."""
    yield _fact("scale set", ascii(scale_set.resource_id)[1:-1])
    yield _fact("subscription", cell(subscription, 80))
    who = [cell(context.principal, 60) or "(principal not known)"]
    who += [f"tenant {cell(context.tenant_id, 40)}"] if context.tenant_id else []
    yield _fact("as", ", ".join(who))
    demo = " (demo: a simulator, not Azure)" if context.demo else ""
    yield _fact("at", f"{cell(context.endpoint, 80)}{demo}")


def _batches(plan: Plan) -> Iterator[Content]:
    width = len(str(len(plan.batches)))
    row_width = max((len(batch.row) for batch in plan.batches), default=0)
    for number, batch in enumerate(plan.batches[:_SHOWN_BATCHES], 1):
        yield Content.assemble(
            (f"  {number:>{width}}  ", "$quiet"),
            (f"{cell(batch.row, 60):<{min(row_width, 60)}}", "bold"),
            f"  {len(batch.instance_ids):>4}  ",
            (_listed(batch.instance_ids, 12), "$quiet"),
        )
    if (more := len(plan.batches) - _SHOWN_BATCHES) > 0:
        yield Content.styled(f"  … and {more} more batches", "$quiet")


def _left_out(plan: Plan) -> Iterator[Content]:
    reasons: dict[Why, list[str]] = defaultdict(list)
    for left in plan.left_out:
        reasons[left.why].append(left.instance_id)
    for why, ids in reasons.items():
        yield Content.assemble(
            ("  left out  ", "$quiet"), f"{len(ids)} {why}  ", (_listed(tuple(ids), 8), "$quiet")
        )


def _edit(plan: Plan, look: Look) -> Iterator[Content]:
    if plan.edit is None:
        return
    yield Content("")
    yield Content.styled("First the model is edited:", "bold $accent")
    for line in plan.edit.lines:
        yield Content.assemble("  ", (cell(line.removeprefix("properties."), 200), ""))


def _waits(plan: Plan) -> Iterator[tuple[str, str]]:
    policy = plan.policy
    yield "healthy for", f"{duration(policy.min_healthy_time)} before a batch counts as done"
    if policy.pause_time_between_batches:
        yield "pause", f"{duration(policy.pause_time_between_batches)} between batches"
    if policy.canary:
        yield "canary", f"{policy.canary} in a first batch of their own"
    if policy.checkpoints:
        yield "holds at", ", ".join(f"{percent}%" for percent in policy.checkpoints)


def _fact(label: str, words: str) -> Content:
    return Content.assemble((f"{label:<{_LABEL}}", "$quiet"), words)


def _caution(words: str) -> Content:
    return Content.styled(f"{'caution':<{_LABEL}}{cell(words, 300)}", "bold $tone-sick")


def _ids(ids: tuple[str, ...]) -> str:
    return f"{len(ids)}: {_listed(ids, 8)}"


def _listed(ids: tuple[str, ...], most: int) -> str:
    return cell(" ".join(ids[:most]) + (" …" if len(ids) > most else ""), 100)


def _s(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
