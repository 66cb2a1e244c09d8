"""`campaign`: its subcommands, and `campaign plan`, which shows what a campaign would do."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmss_tui.campaign.left_out import LeftOutKind
from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.cli.campaigns.plan_lines import print_campaign_plan
from vmss_tui.cli.json_output.campaigns import campaign_plan_json
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import print_json, print_message, show_progress
from vmss_tui.config.key_errors import suggestion
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.text import cell

if TYPE_CHECKING:
    from vmss_tui.wiring import Connection

_SUBCOMMANDS = {
    "plan": "group",
    "start": "watch",
    "attach": "watch",
    "status": "status",
    "pause": "requests",
    "resume": "requests",
    "approve": "requests",
    "abort": "requests",
    "skip": "requests",
    "retry": "requests",
    "revert": "requests",
    "report": "status",
}
"""Subcommand -> its module in `cli.campaigns`, where its function is `campaign_<name>_command`."""

_CHOICES = f"choose from {', '.join(_SUBCOMMANDS)}"


class CampaignGroup(click.Group):
    """Imports subcommands on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands, in the order of `--help`."""
        return list(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the subcommand; None where there is none of this name."""
        if cmd_name not in _SUBCOMMANDS:
            return None
        module = importlib.import_module(f"vmss_tui.cli.campaigns.{_SUBCOMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"campaign_{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand; the message for an unknown one names those that there are."""
        if args and args[0] not in _SUBCOMMANDS:
            hint = suggestion(args[0], _SUBCOMMANDS)
            ctx.fail(f"unknown command 'campaign {cell(args[0], 60)}'{hint}: {_CHOICES}")
        return super().resolve_command(ctx, args)


@click.group("campaign", cls=CampaignGroup, invoke_without_command=True)
@global_options
@click.pass_context
def campaign_command(ctx: click.Context) -> None:
    """Upgrade many scale sets in stages, as a strategy file says."""
    if ctx.invoked_subcommand is None:
        raise click.UsageError(f"name a command of campaign: {_CHOICES}")


@click.command("plan")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--batches", is_flag=True, help="Print every batch with its instances.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every instance.")
@global_options
@pass_options
def campaign_plan_command(
    options: GlobalOptions, file: Path, batches: bool, as_json: bool
) -> ExitCode:
    """Show the stages, scale sets and batches of a strategy file; change nothing."""
    connection, plan = plan_campaign(options, file)
    if as_json:
        print_json(campaign_plan_json(plan))
    else:
        print_campaign_plan(plan, connection.services.context, with_batches=batches)
    if plan.member_count or all(member.kind == LeftOutKind.CURRENT for member in plan.left_out):
        return ExitCode.DONE
    print_message("There is nothing to start: every scale set is skipped.")
    return ExitCode.ERROR


@click.command("campaign-worker", hidden=True)
@click.argument("campaign")
@click.option("--lock-descriptor", type=int, help="The inherited lock of the campaign.")
@global_options
@pass_options
def campaign_worker_command(
    options: GlobalOptions, campaign: str, lock_descriptor: int | None
) -> ExitCode:
    """Carry out a campaign in this process."""
    from vmss_tui.wiring import run_campaign_worker

    if options.read_only:
        raise RunRefused("this session is read-only: it carries out no campaign")
    run_campaign_worker(campaign, options.load_settings(), options.target(), lock_descriptor)
    return ExitCode.DONE


def plan_campaign(options: GlobalOptions, file: Path) -> "tuple[Connection, CampaignPlan]":
    """Reads a strategy file, connects to its subscriptions and plans the campaign.

    Raises `ConfigError` for a wrong file before anything is sent, `PlanError` where no scale set
    matches, or a `GatewayError`.
    """
    from vmss_tui.config.strategy_file import read_strategy

    strategy = read_strategy(file, options.load_settings().upgrade)
    if strategy.select.subscriptions:
        if options.subscription:
            raise click.UsageError(
                f"{file.name} selects subscriptions: omit --subscription, or select.subscriptions."
            )
        options.subscription = strategy.select.subscriptions
    connection = options.connect()
    plan = connection.services.campaign_planner.plan(
        strategy, source=file.name, report_count=_show_count
    )
    show_progress("")
    return connection, plan


def _show_count(done: int, total: int) -> None:
    show_progress(f"{done} of {total} scale sets read")
