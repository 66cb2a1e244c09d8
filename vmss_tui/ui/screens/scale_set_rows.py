"""Title, rows, columns, order and filter of the list of scale sets. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from rich.style import Style
from rich.text import Text

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell
from vmss_tui.ui.background.outdated_counter import CountArrived, OutdatedCount
from vmss_tui.ui.drawing.glyphs import Appearance, Tone, rich_style
from vmss_tui.ui.widgets.header import Part

COLUMNS = (
    "key", "subscription", "name", "state", "group", "region", "mode", "policy", "VMs", "stale",
    "model", "changed", "run",
)  # fmt: skip
_OPTIONAL_COLUMNS = ("changed", "mode", "region", "group", "model", "policy")
"""Left out in this order where the terminal is narrow."""
_BAR_WIDTH = 8
_TIME_WIDTH = len("13 Nov 22:04")


def title_parts(
    context: AzureContext, filter_text: str, shown: int, total: int | None, *, read_only: bool
) -> tuple[list[Part], list[Part]]:
    """Left and right parts of the title line. `shown` of `total` scale sets match the filter;
    `total` is None before the list has been read."""
    count = "looking …" if total is None else pluralize(total, "scale set", "scale sets")
    if filter_text and total is not None:
        count = f"{shown} of {count}"
    return [
        Part("DEMO" if context.demo else "", "bold reverse $accent", 1),
        Part("READ-ONLY" if read_only else "", "bold reverse $primary", 0),
        Part("scale sets", "bold", 2),
        Part(f"filter {cell(filter_text, 40)}" if filter_text else "", "bold $accent", 0),
    ], [Part(cell(context.principal, 40), "$quiet", 9), Part(count, "bold", 0)]


def fitting_columns(
    rows: Sequence[Mapping[str, Text]], width: int, *, several_subscriptions: bool
) -> tuple[str, ...]:
    """The columns that fit into `width`. The column of keys is shown only where a scale set is
    pinned, that of states only where a scale set is itself Failed or Deleting."""
    columns = [name for name in COLUMNS if several_subscriptions or name != "subscription"]
    for name in ("key", "state"):
        if not any(row[name].plain for row in rows):
            columns.remove(name)
    widths = {n: 2 + max((row[n].cell_len for row in rows), default=0) for n in columns}
    for name in _OPTIONAL_COLUMNS:
        if sum(max(widths[n], len(n) + 2) for n in columns) <= width - 1:
            break
        columns.remove(name)
    return tuple(columns)


def sort_scale_sets(
    scale_sets: Iterable[ScaleSet], subscription_name: Callable[[str], str]
) -> tuple[ScaleSet, ...]:
    """By subscription, then by name. `subscription_name` maps an id to its display name."""

    def sort_key(scale_set: ScaleSet) -> tuple[str, str, str]:
        subscription = subscription_name(scale_set.id.subscription_id)
        return subscription.casefold(), scale_set.id.name.lower(), scale_set.id.key

    return tuple(sorted(scale_sets, key=sort_key))


def matches_filter(filter_text: str, scale_set: ScaleSet, subscription: str) -> bool:
    """Return True where every word is part of one of the names. `!` negates a word; `*` and `?`
    match any text."""
    names = [scale_set.name, scale_set.id.resource_group, subscription, scale_set.place]
    for word in filter_text.lower().split():
        pattern = word.removeprefix("!")
        is_match = any(fnmatchcase(name.lower(), f"*{pattern}*") for name in names)
        if pattern and is_match is word.startswith("!"):
            return False
    return True


def build_row(
    scale_set: ScaleSet,
    latest: CountArrived | None,
    subscription: str,
    appearance: Appearance,
    variables: Mapping[str, str],
    now: datetime,
    pin: int | None = None,
) -> dict[str, Text]:
    """Column -> cell. `latest` is the newest message about the scale set, `variables` are those of
    the theme, `pin` is the key on which the scale set is pinned."""
    count = latest.count if latest else None
    image = scale_set.image
    version = (image.version or image.short_reference) if image else "no image"
    capacity = "?" if scale_set.capacity is None else str(scale_set.capacity)
    return {
        "key": Text("" if pin is None else str(pin), justify="right"),
        "subscription": Text(cell(subscription, 24)),
        "name": Text(cell(scale_set.name, 40), style="bold"),
        "state": Text(scale_set.alarming_state, style=rich_style(variables, f"tone-{Tone.FAILED}")),
        "group": Text(cell(scale_set.id.resource_group, 30)),
        "region": Text(cell(scale_set.place, 16 + 20 * bool(scale_set.edge_zone))),
        "mode": Text(str(scale_set.orchestration)),
        "policy": Text(str(scale_set.policy_mode)),
        "VMs": Text(capacity, justify="right"),
        "stale": _outdated_cell(count, appearance, variables, now),
        "model": Text(cell(version, 30)),
        "changed": _changed_cell(count, appearance, variables),
        "run": _run_cell(latest, appearance),
    }


def _changed_cell(
    count: OutdatedCount | None, appearance: Appearance, variables: Mapping[str, str]
) -> Text:
    """`13 Nov 22:04`, when Azure last completed a change of an instance; `at work` during one."""
    quiet = rich_style(variables, "quiet")
    if count is not None and count.is_transitioning:
        moving = rich_style(variables, f"tone-{Tone.MOVING}")
        return Text("at work".ljust(_TIME_WIDTH), style=moving)
    if count is None or count.changed_at is None:
        return Text(("…" if count is None else "").ljust(_TIME_WIDTH), style=quiet)
    return Text(appearance.day_and_clock(count.changed_at).ljust(_TIME_WIDTH), style=quiet)


def _outdated_cell(
    count: OutdatedCount | None,
    appearance: Appearance,
    variables: Mapping[str, str],
    now: datetime,
) -> Text:
    """`  80 ━━──────`; `…` before the first count, `–` where it failed; the time of an old one."""
    width = 5 + _BAR_WIDTH
    quiet = rich_style(variables, "quiet")
    if count is None:
        return Text(f"{'…':>4}".ljust(width), style=quiet)
    if count.outdated is None:
        sign = "–" if count.error else "?"
        return Text(f"{sign:>4}".ljust(width), style=quiet)
    if count.error or count.is_expired(now):
        text = f"{count.outdated:>4} at {appearance.clock(count.taken_at)[:5]}"
        return Text(text.ljust(width), style=quiet)
    done = _BAR_WIDTH * count.up_to_date // max(1, count.total)
    left = min(_BAR_WIDTH - done, -(-_BAR_WIDTH * count.outdated // max(1, count.total)))
    return Text.assemble(
        (f"{count.outdated:>4} ", Style(bold=count.outdated > 0)),
        (appearance.sign("done") * done, rich_style(variables, f"tone-{Tone.GOOD}")),
        (appearance.sign("left") * left, rich_style(variables, f"tone-{Tone.OUTDATED}")),
        " " * (_BAR_WIDTH - done - left),
    )


def _run_cell(latest: CountArrived | None, appearance: Appearance) -> Text:
    run = latest.run if latest else None
    if run is None:
        return Text("")
    counts = f"{run.settled_targets}/{len(run.targets)}"
    return Text(f"{appearance.sign('live')} {run.phase.label} {counts}")
