"""Options that several commands share, and the values they become.

Global options are taken before and after the command: each notes what it was given in the
context that all commands of one call share, and `asked` collects it.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.shell_completion import CompletionItem

from vmss_tui import config
from vmss_tui.cli.output import plainly
from vmss_tui.config import Settings
from vmss_tui.target import DEFAULT_SCENARIO, DEFAULT_SEED, Target, DemoWorld

F = TypeVar("F", bound=Callable[..., Any])
_META = "vmss_tui.asked"


class GlobalOptions(NamedTuple):
    """The global options of this call."""

    config: Path | None = None
    subscription: tuple[str, ...] = ()
    read_only: bool = False
    endpoint: str | None = None
    ascii: bool = False
    demo: bool = False
    scenario: str | None = None
    speed: float | None = None
    seed: int | None = None
    fresh: bool = False

    def load_settings(self) -> Settings:
        """The settings that apply; raises `BadConfig`."""
        return config.load(config.find(self.config))

    def target(self) -> Target:
        """Which Azure is meant; refuses options that contradict each other."""
        if self.demo and self.endpoint is not None:
            raise click.UsageError("--demo and --endpoint exclude each other.")
        if not self.demo:
            for name in ("scenario", "speed", "seed", "fresh"):
                if getattr(self, name) not in (None, False):
                    raise click.UsageError(f"--{name} belongs to --demo.")
        world = DemoWorld(
            self.scenario or DEFAULT_SCENARIO,
            DEFAULT_SEED if self.seed is None else self.seed,
            self.speed,
            self.fresh,
        )
        return Target(self.subscription, self.read_only, self.endpoint, world if self.demo else None)


def asked(ctx: click.Context) -> GlobalOptions:
    """What was asked with global options, before and after the command."""
    return GlobalOptions(**ctx.meta.get(_META, {}))


def _note(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    name = parameter.name or ""
    if ctx.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE:
        return
    noted = ctx.meta.setdefault(_META, {})
    noted[name] = (*noted.get(name, ()), *value) if parameter.multiple else value


def _scenario(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        from vmss_tui.simulator.scenarios.catalog import SCENARIOS

        if value not in SCENARIOS:
            raise click.BadParameter(
                f"there is no scenario {value!a}: there are {', '.join(SCENARIOS)}"
            )
    _note(ctx, parameter, value)


def _scenario_names(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from vmss_tui.simulator.scenarios.catalog import SCENARIOS

    found = (each for each in SCENARIOS.values() if each.name.startswith(incomplete))
    return [CompletionItem(each.name, help=each.title) for each in found]


def _speed(ctx: click.Context, parameter: click.Parameter, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= 3600):
        raise click.BadParameter(f"{value:g} is not possible: from 0 (time stands still) to 3600")
    _note(ctx, parameter, value)


def _ascii(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        plainly(True)
    _note(ctx, parameter, value)


def _global(
    *declarations: str, note: Callable[..., None] = _note, **attributes: Any
) -> Callable[[F], F]:
    return click.option(*declarations, callback=note, expose_value=False, **attributes)


_FILE = click.Path(dir_okay=False, path_type=Path)
_GLOBAL: tuple[Callable[[Any], Any], ...] = (
    _global("--config", type=_FILE, metavar="FILE", help="Settings to use."),
    _global("--subscription", multiple=True, metavar="ID|NAME", help="May be repeated."),
    _global("--read-only", is_flag=True, help="Look, and never write."),
    _global("--endpoint", metavar="URL", help="A simulator on this machine (http)."),
    _global("--ascii", is_flag=True, note=_ascii, help="Draw with plain characters only."),
    _global("--demo", is_flag=True, help="The built-in simulator instead of Azure."),
    _global(
        "--scenario",
        metavar="NAME",
        note=_scenario,
        shell_complete=_scenario_names,
        help="The demo's fleet.",
    ),
    _global("--speed", type=float, metavar="X", note=_speed, help="The demo's speed."),
    _global("--seed", type=click.IntRange(0, 2**31), metavar="N", help="The demo's dice."),
    _global("--fresh", is_flag=True, help="Start a new demo world."),
)


def global_options(command: F) -> F:
    """Lets a command take the global options; `asked` has them, not its parameters."""
    for option in reversed(_GLOBAL):
        command = option(command)
    return command


def take_over_option(command: F) -> F:
    """`--take-over RUN`: the id of the run at work, typed in full, whose worker is to end."""
    words = "End the worker of the run that holds the set; its id in full."
    option = click.option("--take-over", default="", metavar="RUN", help=words)
    decorated: F = option(command)
    return decorated
