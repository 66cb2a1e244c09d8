"""The screen of one instance: a banner, six tabs in a frame, and the keys.

Opening it sends one request, which three tabs share; the others read when they are opened.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.diagnosis.instance_document import InstanceDocument, read_instance_document
from vmss_tui.text import cell
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    CommandScope,
    bindings_for,
    command_key,
)
from vmss_tui.ui.commands.handlers import handlers_by_command
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.detail.pane_text import InstanceView
from vmss_tui.ui.instance_screen.activity_tab import ActivityTab
from vmss_tui.ui.instance_screen.banner import InstanceBanner, is_failed
from vmss_tui.ui.instance_screen.boot_log_tab import BootLogTab
from vmss_tui.ui.instance_screen.command_results import CommandResults
from vmss_tui.ui.instance_screen.extensions_tab import ExtensionsTab
from vmss_tui.ui.instance_screen.json_tab import JsonTab
from vmss_tui.ui.instance_screen.replies import DocumentArrived, TabReadFailed
from vmss_tui.ui.instance_screen.run_command_tab import RunCommandTab
from vmss_tui.ui.instance_screen.summary_tab import SummaryTab
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext
from vmss_tui.ui.instance_screen.tab_commands import TabCommands
from vmss_tui.ui.instance_screen.tab_line import TabLine
from vmss_tui.ui.widgets.footer import Footer
from vmss_tui.ui.widgets.frame import Frame, key_hint
from vmss_tui.ui.widgets.header import Header, HeaderView


class ScaleSetAccess(NamedTuple):
    """What the screen needs of that of the scale set."""

    command_context: Callable[[], CommandContext]
    move: Callable[[int], None]
    """Moves the cursor of the map to the next (1) or previous (-1) instance."""
    refresh: Callable[[], None]
    """Reads the set again."""


class InstanceScreen(CommandScreen[str]):
    """The result is the id of a command for the screen of the scale set, or None."""

    COMMAND_SCOPE = CommandScope.INSTANCE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.INSTANCE)]

    def __init__(
        self,
        context: TabContext,
        header: HeaderView,
        access: ScaleSetAccess,
        results: CommandResults,
        tab: int = 0,
    ) -> None:
        """`tab` is the index of the one that is opened first; `results` are those of the last run
        command, which outlive the screen."""
        super().__init__()
        self.context, self._header_view, self.access = context, header, access
        self._active = tab
        self.extensions, self.json = ExtensionsTab(context), JsonTab(context)
        self.boot_log = BootLogTab(context)
        self.tabs: tuple[InstanceTab, ...] = (
            SummaryTab(context),
            self.extensions,
            self.boot_log,
            ActivityTab(context),
            RunCommandTab(context, results),
            self.json,
        )
        self.handlers = handlers_by_command((TabCommands(self),), self.COMMAND_SCOPE)

    def compose(self) -> ComposeResult:
        """The widgets, top to bottom."""
        appearance = self.session.appearance
        yield Header(appearance)
        yield InstanceBanner()
        yield TabLine([tab.LABEL for tab in self.tabs])
        yield Frame(self.tabs, appearance, id="instance-tabs")
        yield Footer(CommandScope.INSTANCE, self.command_context, self.session.keys, appearance)

    def on_mount(self) -> None:
        """Opens the first tab, and reads the instance."""
        self.show_header(self._header_view)
        self.read_document()
        self.open_tab(self._active)
        self.show_reading(self.context.view)

    def command_context(self) -> CommandContext:
        """That of the scale set's screen."""
        return self.access.command_context()

    def command_below(self, command_id: str) -> Callable[[], object]:
        """Closes this screen, and carries out the command on the map."""
        return partial(self.leave, command_id)

    # What the screen of the scale set calls

    @property
    def scale_set(self) -> ScaleSetId:
        """The set of the instance."""
        return self.context.scale_set

    def show_header(self, view: HeaderView) -> None:
        """Shows a newer reading in the header."""
        self._header_view = view
        self.query_one(Header).show(*view)

    def show_reading(self, view: InstanceView) -> None:
        """Shows a newer reading of the instance, or another instance."""
        before, self.context.view = self.context.view, view
        is_other = before.instance.instance_id != view.instance.instance_id
        for tab in self.tabs:
            tab.instance_changed(is_other=is_other)
        if is_other:
            self.read_document()
        self.query_one(InstanceBanner).show(view)
        if is_other:
            self.tabs[self._active].open()
        self._draw_frame()
        self.query_one(Footer).update_content()

    # Tabs

    @property
    def active_tab(self) -> InstanceTab:
        """The tab that is shown."""
        return self.tabs[self._active]

    def open_tab(self, index: int) -> None:
        """Shows a tab; one after the last is the first."""
        self._active = index % len(self.tabs)
        for number, tab in enumerate(self.tabs):
            tab.display = number == self._active
        tab = self.tabs[self._active]
        tab.scroll_target.focus()
        tab.open()
        self.call_after_refresh(tab.draw)
        self._draw_frame()

    @on(InstanceTab.TabChanged)
    def _draw_frame(self) -> None:
        """Draws what the frame and the line of tabs say about the active tab."""
        tab = self.tabs[self._active]
        self.query_one(TabLine).show(self._active, [entry.badge for entry in self.tabs])
        frame = self.query_one("#instance-tabs", Frame)
        frame.set_title(Content.styled(tab.LABEL, "bold $foreground"))
        frame.set_corner(*tab.corners)
        hints = [key_hint(self._key(command), label) for command, label in tab.hints]
        frame.set_keys(hints, tab.note)
        frame.set_class(is_failed(self.context.view), "-danger")

    def _key(self, command_id: str) -> str:
        if command_id in COMMANDS_BY_ID:
            return command_key(command_id, self.session.keys)
        return command_id

    def on_tab_line_tab_clicked(self, message: TabLine.TabClicked) -> None:
        """Opens the clicked tab."""
        self.open_tab(message.index)

    # The request that tabs share

    def read_document(self) -> None:
        """Reads the instance: one request."""
        shared: Sequence[InstanceTab] = (self.extensions, self.json)
        for tab in shared:
            tab.state.begin()
        request, context = self.json.state.request, self.context
        diagnostics, instance_id = self.session.services.diagnostics, context.instance.instance_id

        def call() -> DocumentArrived:
            document = read_instance_document(diagnostics, context.scale_set, instance_id)
            return DocumentArrived(request, document)

        run_in_thread(self, call, lambda error: TabReadFailed(request, error))

    def on_document_arrived(self, message: DocumentArrived) -> None:
        """Shows the document."""
        self._document_read(message.request, message.document)

    def on_tab_read_failed(self, message: TabReadFailed) -> None:
        """Shows why it could not be read."""
        self._document_read(message.request, None, message.error)

    def _document_read(
        self, request: int, document: InstanceDocument | None, error: str = ""
    ) -> None:
        if request != self.json.state.request:
            return
        for tab in (self.extensions, self.json):
            tab.state.end(self.session.now(), cell(error, 600))
            tab.show_document(document)
        self._draw_frame()

    # What the commands need

    def move_to_instance(self, step: int) -> None:
        """Shows the next (1) or previous (-1) instance of the map."""
        self.access.move(step)

    def read_scale_set(self) -> None:
        """Reads the set again."""
        self.access.refresh()

    def leave(self, command_id: str | None) -> None:
        """Closes the screen; that of the scale set carries out the command."""
        self.dismiss(command_id)
