"""What a row of the list says, which columns give way, and what its filter finds. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from rich.style import Style
from rich.text import Text

from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.text import cell
from vmss_tui.ui.background.stale_counter import Tallied, Tally
from vmss_tui.ui.drawing.glyphs import Appearance, Tone, rich_style

COLUMNS = (
    "key", "subscription", "name", "group", "region", "mode", "policy", "VMs", "stale", "model",
    "changed", "run",
)  # fmt: skip
_GIVE_WAY = ("changed", "mode", "region", "group", "model", "policy")
"""Left out one after the other where it is narrow."""
_BAR = 8
_CHANGED = 12
"""`13 Nov 22:04`."""


def columns_for(
    rows: Sequence[Mapping[str, Text]], width: int, *, several: bool
) -> tuple[str, ...]:
    """The columns that fit; the subscription's only where there are `several`, that of the keys
    only where a set is pinned."""
    kept = [name for name in COLUMNS if several or name != "subscription"]
    if not any(row["key"].plain for row in rows):
        kept.remove("key")
    wide = {n: 2 + max((row[n].cell_len for row in rows), default=0) for n in kept}
    for name in _GIVE_WAY:
        if sum(max(wide[n], len(n) + 2) for n in kept) <= width - 1:
            break
        kept.remove(name)
    return tuple(kept)


def in_order(found: Iterable[ScaleSet], named: Callable[[str], str]) -> tuple[ScaleSet, ...]:
    """By subscription, then by name; `named` says what a subscription is called."""

    def key(each: ScaleSet) -> tuple[str, str, str]:
        return named(each.id.subscription_id).casefold(), each.id.name.lower(), each.id.key

    return tuple(sorted(found, key=key))


def found_by(words: str, scale_set: ScaleSet, subscription: str) -> bool:
    """Does every word stand in one of the names? `!` negates one; `*` and `?` match any text."""
    names = [scale_set.name, scale_set.id.resource_group, subscription, scale_set.location]
    for word in words.lower().split():
        wanted = word.removeprefix("!")
        found = any(fnmatchcase(name.lower(), f"*{wanted}*") for name in names)
        if wanted and found is word.startswith("!"):
            return False
    return True


def row_of(
    scale_set: ScaleSet,
    news: Tallied | None,
    subscription: str,
    look: Appearance,
    variables: Mapping[str, str],
    now: datetime,
    key: int | None = None,
) -> dict[str, Text]:
    """A row by its columns; `variables` are the theme's, `key` is where it is pinned."""
    image = scale_set.image
    version = (image.version or image.short_reference) if image else "no image"
    capacity = "?" if scale_set.capacity is None else str(scale_set.capacity)
    return {
        "key": Text("" if key is None else str(key), justify="right"),
        "subscription": Text(cell(subscription, 24)),
        "name": Text(cell(scale_set.name, 40), style="bold"),
        "group": Text(cell(scale_set.id.resource_group, 30)),
        "region": Text(cell(scale_set.location, 16)),
        "mode": Text(str(scale_set.orchestration)),
        "policy": Text(str(scale_set.policy_mode)),
        "VMs": Text(capacity, justify="right"),
        "stale": _stale(news.tally if news else None, look, variables, now),
        "model": Text(cell(version, 30)),
        "changed": _changed(news.tally if news else None, look, variables),
        "run": _run(news, look),
    }


def _changed(tally: Tally | None, look: Appearance, variables: Mapping[str, str]) -> Text:
    """`13 Nov 22:04`, when Azure last finished something on an instance; `at work` while it is."""
    quiet = rich_style(variables, "quiet")
    if tally is not None and tally.moving:
        return Text("at work".ljust(_CHANGED), style=rich_style(variables, f"tone-{Tone.MOVING}"))
    if tally is None or tally.changed_at is None:
        return Text(("…" if tally is None else "").ljust(_CHANGED), style=quiet)
    return Text(look.day_and_clock(tally.changed_at).ljust(_CHANGED), style=quiet)


def _stale(
    tally: Tally | None, look: Appearance, variables: Mapping[str, str], now: datetime
) -> Text:
    """`  80 ━━──────`; `…` before the first count, `–` where it failed; old ones say of when."""
    room = 5 + _BAR
    if tally is None:
        return Text(f"{'…':>4}".ljust(room), style=rich_style(variables, "quiet"))
    if tally.stale is None:
        sign = "–" if tally.words else "?"
        return Text(f"{sign:>4}".ljust(room), style=rich_style(variables, "quiet"))
    if tally.words or tally.is_old(now):
        words = f"{tally.stale:>4} at {look.clock(tally.taken_at)[:5]}"
        return Text(words.ljust(room), style=rich_style(variables, "quiet"))
    done = _BAR * tally.current // max(1, tally.total)
    left = min(_BAR - done, -(-_BAR * tally.stale // max(1, tally.total)))
    return Text.assemble(
        (f"{tally.stale:>4} ", Style(bold=tally.stale > 0)),
        (look.sign("done") * done, rich_style(variables, f"tone-{Tone.GOOD}")),
        (look.sign("left") * left, rich_style(variables, f"tone-{Tone.OUTDATED}")),
        " " * (_BAR - done - left),
    )


def _run(news: Tallied | None, look: Appearance) -> Text:
    run = news.run if news else None
    if run is None:
        return Text("")
    return Text(f"{look.sign('live')} {run.phase} {run.settled}/{run.total}")
