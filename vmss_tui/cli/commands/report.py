"""`report`: prints the report of a run, as Markdown or JSON."""

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.runs import report_json
from vmss_tui.cli.options import GlobalOptions, global_options, page_option, pass_options
from vmss_tui.cli.output import print_json, print_lines, print_message, write_page
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.html.page import render_html
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.report import ReportContext
from vmss_tui.upgrade.report.timeline.timeline_builder import build_timeline


@click.command("report")
@click.argument("run", shell_complete=run_names)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "json", "html"]),
    default="md",
    show_default=True,
    help="Markdown, a JSON document, or an HTML page without scripts.",
)
@page_option
@click.option(
    "--evidence",
    "instance_id",
    metavar="ID",
    help="Print as JSON what this failed instance reported at the halt, with its serial log.",
)
@global_options
@pass_options
def report_command(
    options: GlobalOptions, run: str, kind: str, output: Path | None, instance_id: str | None
) -> ExitCode:
    """Show a run's report: plan, batches, results, reasons."""
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
        raise CommandError(f"{folder.name} has not started: its journal is empty", ExitCode.ERROR)
    if output is not None and (kind != "html" or instance_id is not None):
        raise CommandError("--output needs --format html, and no --evidence", ExitCode.USAGE)
    if instance_id is not None:
        _print_evidence(folder, contents.records, instance_id)
    elif kind == "html":
        plan = folder.manifest.plan
        page = render_html(run_report, plan, build_timeline(contents.records))
        if problem := write_page(page, output):
            raise CommandError(problem, ExitCode.ERROR)
    elif kind == "json":
        print_json(report_json(run_report))
    else:
        print_lines(render_markdown(run_report).rstrip("\n"))
    if contents.damage:
        print_message(f"The journal cannot be read further: {contents.damage}")
        return ExitCode.ERROR
    return ExitCode.DONE


def _print_evidence(folder: StoredRun, records: Iterable[ev.Record], instance_id: str) -> None:
    """Prints the newest evidence of an instance; raises `CommandError` without any."""
    names = [
        instance.file
        for record in records
        if isinstance(record.body, ev.EvidenceRecorded)
        for instance in record.body.instances
        if instance.instance_id == instance_id and instance.file
    ]
    data = folder.read_evidence(names[-1]) if names else None
    if data is None:
        reason = "cannot be read now, or is not kept any more" if names else "was not recorded"
        raise CommandError(
            f"what instance {instance_id!a} reported at a halt of {folder.name} {reason}",
            ExitCode.ERROR,
        )
    try:
        print_json(msgspec.json.decode(data))
    except msgspec.MsgspecError as error:
        raise CommandError(f"{names[-1]} of {folder.name} is damaged", ExitCode.ERROR) from error
