"""Options that several commands share, and the values they become.

Global options are accepted before and after the command. Each one given is recorded in the
`GlobalOptions` of the root context, which `pass_options` hands to a command.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from vmss_tui import config
from vmss_tui.cli.output import print_message, use_ascii, use_state
from vmss_tui.config import Settings
from vmss_tui.target import DEFAULT_SCENARIO, DEFAULT_SEED, DemoWorld, Target

if TYPE_CHECKING:
    from vmss_tui.runtime.storage.port import RunStore, StoredRun
    from vmss_tui.wiring import Connection

MAX_PATIENCE = 3600
"""Seconds that `--patience` may be."""

F = TypeVar("F", bound=Callable[..., Any])


class GlobalOptions:
    """The global options of this call. The class attributes are the defaults."""

    config: Path | None = None
    subscription: tuple[str, ...] = ()
    read_only: bool = False
    endpoint: str | None = None
    ascii: bool = False
    patience: float = 60.0
    state: str | None = None
    demo: bool = False
    scenario: str | None = None
    speed: float | None = None
    seed: int | None = None
    fresh: bool = False

    def load_settings(self) -> Settings:
        """Reads the settings file; raises `ConfigError`."""
        return config.load(config.find_path(self.config))

    def target(self) -> Target:
        """Which Azure or demo to use; raises `UsageError` for options that exclude each other."""
        if self.demo and self.endpoint is not None:
            raise click.UsageError("--demo and --endpoint cannot be combined.")
        if not self.demo:
            for name in ("scenario", "speed", "seed", "fresh"):
                if getattr(self, name) not in (None, False):
                    raise click.UsageError(f"--{name} needs --demo.")
        world = DemoWorld(
            self.scenario or DEFAULT_SCENARIO,
            DEFAULT_SEED if self.seed is None else self.seed,
            self.speed,
            self.fresh,
        )
        return Target(
            self.subscription,
            self.read_only,
            self.endpoint,
            world if self.demo else None,
            self.patience,
            self.state,
        )

    def connect(self) -> "Connection":
        """Connects to Azure or to the demo; messages about that go to stderr."""
        from vmss_tui.wiring import open_connection

        return open_connection(self.load_settings(), self.target(), notify=print_message)

    def run_store(self) -> "RunStore":
        """All runs: of this user on this machine, and of the team."""
        from vmss_tui.run_stores import run_store

        return run_store(self.load_settings(), self.target(), print_message)

    def find_run(self, name: str) -> "StoredRun":
        """The run with this name or prefix; raises `RunNotFound`, `ContextMismatch`.

        A folder without a confirmed plan is no run, unless its start is in progress.
        """
        from vmss_tui.run_stores import check_context
        from vmss_tui.runtime.storage.run_records import RunNotFound

        folder = self.run_store().find(name)
        if not folder.has_begun and not folder.is_live:
            raise RunNotFound(
                f"{folder.name} has not started (its start was refused or interrupted): "
                "plan a new run"
            )
        check_context(folder, self.target())
        return folder


pass_options = click.make_pass_decorator(GlobalOptions, ensure=True)
"""Passes the global options to a command as its first argument."""


def _record(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    name = parameter.name or ""
    if ctx.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE:
        return
    options = ctx.find_root().ensure_object(GlobalOptions)
    setattr(options, name, (*getattr(options, name), *value) if parameter.multiple else value)
    if name == "ascii":  # at once: the message of a later parsing error must be ASCII too
        use_ascii()
    if name == "state":
        use_state(value)


class _ScenarioName(click.types.StringParamType):
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from vmss_tui.simulator.scenarios.catalog import SCENARIOS

        if value not in SCENARIOS:
            self.fail(
                f"there is no scenario {value!a}: choose from {', '.join(SCENARIOS)}", param, ctx
            )
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from vmss_tui.simulator.scenarios.catalog import SCENARIOS

        return [
            CompletionItem(scenario.name, help=scenario.title)
            for scenario in SCENARIOS.values()
            if scenario.name.startswith(incomplete)
        ]


class _DemoSpeed(click.types.FloatParamType):
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        speed: float = super().convert(value, param, ctx)
        if not (math.isfinite(speed) and 0 <= speed <= 3600):
            self.fail(f"{speed:g} is not in the range from 0 (time is stopped) to 3600", param, ctx)
        return speed


class _Patience(click.types.StringParamType):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from vmss_tui.upgrade.plan.durations import parse_seconds

        seconds = parse_seconds(str(value))
        if seconds is None or seconds > MAX_PATIENCE:
            self.fail(f"must be a time from 0s to 1h, such as 90s or 5m, not {value!a}", param, ctx)
        return seconds


def _global_option(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    return click.option(*declarations, callback=_record, expose_value=False, **attributes)


_FILE = click.Path(dir_okay=False, path_type=Path)
_GLOBAL_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    _global_option("--config", type=_FILE, metavar="FILE", help="Config file."),
    _global_option(
        "--subscription", multiple=True, metavar="ID|NAME", help="Subscription; may be repeated."
    ),
    _global_option("--read-only", is_flag=True, help="Read-only: nothing is changed in Azure."),
    _global_option("--endpoint", metavar="URL", help="Simulator on this machine (http)."),
    _global_option(
        "--patience",
        type=_Patience(),
        metavar="TIME",
        help="Max retry time of reads while Azure is throttled or unreachable (default 60s).",
    ),
    _global_option("--state", metavar="URL", help="Container with the team's runs; '' for none."),
    _global_option("--ascii", is_flag=True, help="ASCII characters only."),
    _global_option("--demo", is_flag=True, help="Built-in simulator (demo) instead of Azure."),
    _global_option(
        "--scenario",
        type=_ScenarioName(),
        metavar="NAME",
        help="Demo: scenario.",
    ),
    _global_option("--speed", type=_DemoSpeed(), metavar="X", help="Demo: speed factor."),
    _global_option("--seed", type=click.IntRange(0, 2**31), metavar="N", help="Demo: random seed."),
    _global_option("--fresh", is_flag=True, help="Demo: start from the beginning."),
)


def global_options(command: F) -> F:
    """Adds the global options to a command. Their values are not among its parameters."""
    for option in reversed(_GLOBAL_OPTIONS):
        command = option(command)
    return command


def exit_zero_option(command: F) -> F:
    """Adds `--exit-zero-on-failures`."""
    help_text = "Exit with 0 for a run that completed with failures (instead of 3)."
    option = click.option("--exit-zero-on-failures", is_flag=True, help=help_text)
    decorated: F = option(command)
    return decorated


def page_option(command: F) -> F:
    """Adds `--output FILE`, for an HTML page."""
    help_text = "Write the HTML page to this file instead of the standard output."
    path = click.Path(dir_okay=False, path_type=Path)
    decorated: F = click.option("--output", type=path, help=help_text)(command)
    return decorated


def take_over_option(command: F) -> F:
    """Adds `--take-over RUN`: the full id of the live run whose worker is to be ended."""
    help_text = "Force takeover: end the worker of this live run (full name)."
    option = click.option("--take-over", default="", metavar="RUN", help=help_text)
    decorated: F = option(command)
    return decorated
