"""The tab that runs a script: bundles that change nothing, or a script of one's own."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from vmss_tui.fleet.phrases import instances_text
from vmss_tui.fleet.scale_set import Orchestration
from vmss_tui.operations.command_bundles import BUNDLES, CommandBundle, script_problem
from vmss_tui.runtime.operations.run_commands import InstanceCommand
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.background.workers import (
    EXPECTED_ERRORS,
    error_message,
    post_from_thread,
    run_in_thread,
)
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.drawing.choice_list import ChoiceList
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instance_screen.command_results import CommandResults, result_lines
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext
from vmss_tui.ui.layers import open_over
from vmss_tui.ui.text.script_question import describe_script

_OWN = len(BUNDLES)


class ScriptEditor(TextArea):
    """The script. `ctrl+r` or F5 runs it; `esc` leaves the editor."""

    class Submitted(Message):
        """The script is to be run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,f5", "submit", show=False),
        Binding("escape", "leave", show=False),
    ]

    def action_submit(self) -> None:
        """Asks to run it."""
        self.post_message(self.Submitted())

    def action_leave(self) -> None:
        """Goes back to the list."""
        self.screen.query_one("#bundles", ChoiceList).focus()


class CommandsUpdated(Message, bubble=False):
    """A run command has a new state."""


class RunCommandTab(InstanceTab):
    """Sends nothing before the name of the set was typed under the script."""

    LABEL = "Run command"
    COST = "1 write for each instance"

    def __init__(self, context: TabContext, results: CommandResults) -> None:
        super().__init__(context)
        self.results = results
        self._text = LineText(classes="detail-text")
        self._head = LineText(classes="detail-text")
        self._own_script = ""
        self._editor = ScriptEditor(compact=True, show_line_numbers=False, soft_wrap=True)

    def compose(self) -> ComposeResult:
        """The choice with its script, or the results."""
        names = max(len(bundle.id) for bundle in BUNDLES)
        labels = [f"{bundle.id:<{names}}  {bundle.title}" for bundle in BUNDLES]
        labels.append(f"{'script':<{names}}  a script of your own, below")
        options = [Option(Content(label)) for label in labels]
        with Vertical(id="command-choice"):
            yield self._head
            yield ChoiceList(*options, id="bundles", compact=True)
            yield self._editor
        yield VerticalScroll(self._text, id="command-results", can_focus=True)

    def on_mount(self) -> None:
        """Shows the results of a command that runs, else the choice."""
        self._show_results(is_shown=self.results.is_running)
        self._show_script(0)

    def open(self) -> None:
        """Nothing is to be read."""
        self.draw()

    def read(self) -> None:
        """Goes back to the choice."""
        self._show_results(is_shown=False)

    @property
    def scroll_target(self) -> Widget:
        """The results, else the list."""
        results = self.query_one("#command-results")
        return results if results.display else self.query_one("#bundles")

    @property
    def age_text(self) -> str:
        """Whether a command runs, or has run."""
        if self.results.is_running:
            return "running"
        return "ended" if self._is_showing_results else "nothing sent"

    @property
    def hints(self) -> Sequence[tuple[str, str]]:
        """The keys of what is shown."""
        if self._is_showing_results:
            return (("refresh", "choose another"),)
        own = (("ctrl+r", "run the script"), ("esc", "back to the list"))
        return own if self._editor.has_focus else (("enter", "run it, after a question"),)

    @property
    def _is_showing_results(self) -> bool:
        return bool(self.query_one("#command-results").display)

    def _show_results(self, *, is_shown: bool) -> None:
        self.query_one("#command-results").display = is_shown
        self.query_one("#command-choice").display = not is_shown
        if self.display:
            self.scroll_target.focus()
        self.draw()
        self.post_message(self.TabChanged())

    def close_panel(self) -> bool:
        """Goes from the results to the choice."""
        if self._is_showing_results:
            self._show_results(is_shown=False)
            return True
        return False

    def instance_changed(self, *, is_other: bool) -> None:
        """Names the other instance."""
        self.draw()

    # The choice

    @property
    def target_ids(self) -> tuple[str, ...]:
        """The selected instances, else this one."""
        return self.context.selected_ids or (self.context.instance.instance_id,)

    @property
    def _is_windows(self) -> bool:
        scale_set = self.context.view.scale_set
        kind = self.context.instance.os_type or (scale_set.os_type if scale_set else "")
        return kind.lower() == "windows"

    def _bundle(self, index: int) -> CommandBundle | None:
        return BUNDLES[index] if index < _OWN else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Shows the script of a bundle."""
        self._show_script(event.option_index)

    def _show_script(self, index: int) -> None:
        bundle = self._bundle(index)
        if self._editor.read_only is False and bundle is not None:
            self._own_script = self._editor.text
        self._editor.read_only = bundle is not None
        self._editor.can_focus = bundle is None
        text = "\n".join(bundle.script(windows=self._is_windows)) if bundle else self._own_script
        if self._editor.text != text:
            self._editor.load_text(text)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Asks to run the bundle, or goes to the editor."""
        event.stop()
        bundle = self._bundle(event.option_index)
        if bundle is None:
            self._editor.focus()
        else:
            self._ask(bundle.id, bundle.script(windows=self._is_windows))

    @on(ScriptEditor.Submitted)
    def submit(self) -> None:
        """Asks to run the script of the editor."""
        self._ask("script", tuple(self._editor.text.splitlines()))

    # Running

    def refusal_reason(self) -> str:
        """Why no command can be run now; empty where one can."""
        context, services = self.context, self.context.session.services
        scale_set = context.scale_set
        if context.session.read_only:
            return "this session is read-only"
        if services.permission.is_protected(scale_set):
            reason = services.permission.protection_reason(scale_set)
            return f"{reason}: press ! on the map and type its name to unlock it"
        if self.results.is_running:
            return "a run command is still running"
        # Checked again where it is sent: a run on another machine may not be on this screen yet.
        return context.batch_obstacle(self.target_ids)

    def _ask(self, name: str, script: Sequence[str]) -> None:
        ids = self.target_ids
        reason = self.refusal_reason() or script_problem("\n".join(script), len(ids))
        if reason:
            self.notify(
                capitalize_sentence(cell(reason, 400)), severity="warning", markup=False, timeout=6
            )
            return
        services, scale_set = self.context.session.services, self.context.scale_set
        subscription = services.subscription_names.name_of(scale_set.subscription_id)
        body = describe_script(script, ids, scale_set, services.context, subscription)
        title = f"Run {name} on {instances_text(ids)}?"
        question = Question(title, body, "run it", scale_set.name)

        def answered(yes: bool | None) -> None:
            if yes:
                self._run(name, ids, script)
            else:
                self.notify("Cancelled: nothing was sent", markup=False, timeout=3)

        open_over(self.screen, ConfirmScreen(question), answered)

    def _run(self, name: str, ids: Sequence[str], script: Sequence[str]) -> None:
        commands, scale_set = self.context.session.services.run_commands, self.context.scale_set
        model, results, is_windows = self.context.view.scale_set, self.results, self._is_windows
        is_flexible = model is not None and model.orchestration is Orchestration.FLEXIBLE
        results.begin(f"{name} on {instances_text(ids)}")
        self._show_results(is_shown=True)

        def update(current: Sequence[InstanceCommand]) -> None:
            results.commands = tuple(current)
            post_from_thread(self, CommandsUpdated())

        def call() -> Message:
            try:
                sent = commands.begin(
                    scale_set, ids, script, windows=is_windows, flexible=is_flexible
                )
                update(sent)
                update(commands.follow(sent, update))
            except EXPECTED_ERRORS as error:
                results.error = error_message(error)
            finally:
                results.is_running = False
            return CommandsUpdated()

        run_in_thread(self, call, lambda _error: CommandsUpdated())

    def on_descendant_focus(self) -> None:
        """Shows the keys of what has the focus."""
        self.post_message(self.TabChanged())

    def on_commands_updated(self) -> None:
        """Draws the results."""
        self.draw()
        self.post_message(self.TabChanged())

    # Drawing

    def draw(self) -> None:
        """Draws the target, and the results."""
        ids = self.target_ids
        head = Content.assemble(
            ("Runs as root or System on ", "$quiet"),
            (instances_text(ids), "bold"),
            (", selected on the map" if self.context.selected_ids else "", "$quiet"),
        )
        reason = self.refusal_reason()
        lines = [head]
        if reason and not self.results.is_running:
            text = f"Not now: {cell(reason, 300)}"
            lines.append(Content.styled(text, "bold $tone-unhealthy"))
        self._head.set_lines(lines)
        title = Content.styled(self.results.title, "bold")
        results = result_lines(self.results, self.context.appearance)
        self._text.set_lines([title, Content(""), *results] if self.results.title else [])
