"""`report`: prints the report of a run, as Markdown or JSON."""

import click

from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.runs import report_json
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import print_json, print_lines, print_message
from vmss_tui.errors import ExitCode
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.report import ReportContext


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
@pass_options
def report_command(options: GlobalOptions, run: str, kind: str) -> ExitCode:
    """Tell a run: plan, batches, what became of each instance, and why."""
    folder = options.find_run(run)
    contents = folder.read_journal()
    context = folder.manifest.context
    where = ReportContext(
        endpoint=context.endpoint,
        cloud=context.cloud,
        tenant_id=context.tenant_id,
        principal=context.principal,
        credential=context.credential,
        demo=context.demo,
    )
    run_report = build_report(folder.name, contents.records, where, contents.damage)
    if run_report is None:
        raise CommandError(f"{folder.name} has not begun: its journal is empty", ExitCode.ERROR)
    if kind == "json":
        print_json(report_json(run_report))
    else:
        print_lines(render_markdown(run_report).rstrip("\n"))
    if contents.damage:
        print_message(f"The journal cannot be read on: {contents.damage}")
        return ExitCode.ERROR
    return ExitCode.DONE
