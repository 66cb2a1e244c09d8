"""The option `--output` of reports, and the HTML page that it writes."""

from pathlib import Path

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.output import print_lines, print_message
from vmss_tui.errors import ExitCode

output_option = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the HTML page to this file instead of the standard output.",
)


def write_page(page: str, output: Path | None) -> None:
    """Writes the page to the file, or to the standard output."""
    if output is None:
        print_lines(page.rstrip("\n"))
        return
    try:
        output.write_text(page, "utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"{output} cannot be written: {reason}", ExitCode.ERROR) from error
    print_message(f"Report written to {output}")
