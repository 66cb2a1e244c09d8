"""`report`: a run written down, for a change record or a program."""

import click

from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.exit_codes import CommandError
from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.options import asked, global_options
from vmss_tui.cli.output import print_json, print_lines, print_message
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.storage import journal
from vmss_tui.upgrade.report.build import report
from vmss_tui.upgrade.report.markdown import markdown
from vmss_tui.upgrade.report.report import Where
from vmss_tui.wiring import check_context, run_store


@click.command("report")
@click.argument("run", shell_complete=run_names)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "json"]),
    default="md",
    show_default=True,
    help="Markdown, or a JSON document.",
)
@global_options
@click.pass_context
def report_command(ctx: click.Context, run: str, kind: str) -> ExitCode:
    """Tell a run: plan, batches, what became of each instance, and why."""
    folder = run_store().find(run)
    check_context(folder, asked(ctx).target())
    told = journal.read_journal(folder.journal_path, expect_seq=1)
    context = folder.manifest.context
    where = Where(
        endpoint=context.endpoint,
        cloud=context.cloud,
        tenant_id=context.tenant_id,
        principal=context.principal,
        credential=context.credential,
        demo=context.demo,
    )
    found = report(folder.name, told.records, where, told.damage)
    if found is None:
        raise CommandError(f"{folder.name} has not begun: its journal is empty", ExitCode.ERROR)
    if kind == "json":
        print_json(shapes.report_json(found))
    else:
        print_lines(markdown(found).rstrip("\n"))
    if told.damage:
        print_message(f"The journal cannot be read on: {told.damage}")
        return ExitCode.ERROR
    return ExitCode.DONE
