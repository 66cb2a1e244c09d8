"""The last run command of a scale set's screen, which goes on while its tab is closed."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content

from vmss_tui.runtime.operations.run_commands import CommandState, InstanceCommand
from vmss_tui.text import cell, clean
from vmss_tui.ui.drawing.glyphs import Appearance

_MAX_LINES = 400
"""Lines of one output; Azure returns the last 4,096 bytes of each stream."""
_SIGNS = {
    CommandState.RUNNING: ("half", "$tone-moving"),
    CommandState.DONE: ("check", "$tone-good"),
    CommandState.FAILED: ("problem", "$tone-failed"),
    CommandState.REFUSED: ("problem", "$tone-failed"),
    CommandState.UNKNOWN: ("unhealthy", "$tone-unhealthy"),
}


@dataclass
class CommandResults:
    """What was run last, and where it stands. Written by one thread, as whole values."""

    title: str = ""
    commands: tuple[InstanceCommand, ...] = ()
    is_running: bool = False
    error: str = ""
    """Why nothing was sent."""

    def begin(self, title: str) -> None:
        """A command is about to be sent."""
        self.title, self.commands, self.error, self.is_running = title, (), "", True


def result_lines(results: CommandResults, appearance: Appearance) -> Iterator[Content]:
    """The state and the output of each instance."""
    if results.error:
        yield Content.styled(cell(results.error, 600), "bold $tone-unhealthy")
        return
    if not results.commands:
        yield Content.styled("sending …", "$quiet")
    for command in results.commands:
        yield _head(command, appearance)
        yield from _output_lines(command)
        yield Content("")


def _head(command: InstanceCommand, appearance: Appearance) -> Content:
    sign, style = _SIGNS[command.state]
    text = str(command.state)
    if command.output is not None:
        code = command.output.exit_code
        text = "ended, exit code not known" if code is None else f"exit code {code}"
        if code:
            sign, style = "problem", "$tone-failed"
    if command.state is CommandState.RUNNING:
        text = "running: it takes 20 seconds at least, and cannot be cancelled"
    kept = f"  kept in {cell(command.output_path, 120)}" if command.output_path else ""
    return Content.assemble(
        (f"{appearance.sign(sign)} instance {cell(command.instance_id, 40)}", f"bold {style}"),
        (f"  {text}", style), (kept, "$quiet"),
    )  # fmt: skip


def _output_lines(command: InstanceCommand) -> Iterator[Content]:
    if command.message:
        yield Content.styled(f"  {cell(command.message, 600)}", "$tone-unhealthy")
    if command.output is None:
        return
    for text, label in ((command.output.stdout, ""), (command.output.stderr, "stderr")):
        lines = text.splitlines()[-_MAX_LINES:]
        if label and lines:
            yield Content.styled(f"  [{label}]", "$quiet")
        for line in lines:
            yield Content(f"  {clean(line[:2000]).expandtabs(8)}")
    if not command.output.stdout.strip() and not command.output.stderr.strip():
        yield Content.styled("  no output", "$quiet")
