"""What the tabs of an instance share: the instance, the state of their reading, and their place in
the frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from vmss_tui.fleet.scale_set import Instance, Orchestration
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.text import cell
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.detail.pane_text import InstanceView
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instance_screen.replies import TabReadFailed
from vmss_tui.ui.session import Session


@dataclass
class TabContext:
    """One instance on screen. Used from the event loop only."""

    session: Session
    scale_set: ScaleSetId
    view: InstanceView
    """The instance by the newest reading of the set."""
    selected_ids: tuple[str, ...] = ()
    """Instances that are selected on the map."""
    run_name: str = ""
    """The run on screen; empty without one."""
    batch_obstacle: Callable[[Sequence[str]], str] = lambda _ids: ""
    """Why no script may run on these instances: a live run has some in progress; else empty."""

    @property
    def appearance(self) -> Appearance:
        """Glyphs and clocks."""
        return self.session.appearance

    @property
    def instance_path(self) -> str:
        """The resource id of the instance."""
        scale_set, base = self.view.scale_set, self.scale_set.resource_id
        if scale_set is not None and scale_set.orchestration is Orchestration.FLEXIBLE:
            base = base.rsplit("/", 2)[0]
        return f"{base}/virtualMachines/{self.instance.instance_id}"

    @property
    def instance(self) -> Instance:
        """The instance by the newest reading."""
        return self.view.instance


@dataclass
class ReadState:
    """When something was read last, or why not."""

    request: int = 0
    """The number of the last request."""
    is_reading: bool = False
    read_at: datetime | None = None
    error: str = ""

    def begin(self) -> int:
        """A request is sent; returns its number."""
        self.request += 1
        self.is_reading = True
        return self.request

    def accepts(self, request: int) -> bool:
        """Whether a reply is that to the last request."""
        return request == self.request and self.is_reading

    def end(self, at: datetime, error: str = "") -> None:
        """The reply arrived."""
        self.is_reading, self.error = False, error
        if not error:
            self.read_at = at

    def reset(self) -> None:
        """Another instance: a reply that is under way is dropped."""
        self.request += 1
        self.is_reading, self.read_at, self.error = False, None, ""


class InstanceTab(Vertical):
    """A tab. It reads when it is opened for the first time, and on `read`."""

    LABEL: ClassVar[str] = ""
    COST: ClassVar[str] = "no API call"

    class TabChanged(Message):
        """Age, keys or note of the tab have changed."""

    def __init__(self, context: TabContext) -> None:
        super().__init__()
        self.context, self.state = context, ReadState()

    # What the screen calls

    def open(self) -> None:
        """The tab is shown: reads what was not read yet."""
        if self.state.read_at is None and not self.state.error:
            self.read()

    def read(self) -> None:
        """Reads again."""

    def instance_changed(self, *, is_other: bool) -> None:
        """The context has a newer reading, or another instance."""
        if is_other:
            self.state.reset()

    def close_panel(self) -> bool:
        """Closes what `esc` closes in the tab; False where nothing is open."""
        return False

    @property
    def scroll_target(self) -> Widget:
        """The widget that the keys scroll."""
        return self

    @property
    def age_text(self) -> str:
        """When it was read."""
        state = self.state
        if state.is_reading:
            return "reading …"
        clock = self.context.appearance.clock(state.read_at)
        if state.error:
            return f"not read: {cell(state.error, 80)}" if not state.read_at else f"data of {clock}"
        return f"read {clock}" if state.read_at else "not read"

    @property
    def corners(self) -> Sequence[Content]:
        """Age and cost, longest first."""
        dot = self.context.appearance.sign("dot")
        whole = Content.styled(f"{self.age_text} {dot} {self.COST}", "$quiet")
        return (whole, Content.styled(self.age_text, "$quiet"))

    @property
    def hints(self) -> Sequence[tuple[str, str]]:
        """Command ids or keys with what they do, for the lower edge."""
        return (("refresh", "read again"),)

    @property
    def note(self) -> Content:
        """A text at the right of the lower edge."""
        return Content("")

    @property
    def badge(self) -> Content:
        """A count after the label in the line of tabs."""
        return Content("")

    # For the tabs

    def send(self, call: Callable[[int], Message]) -> None:
        """Calls `call` with the number of the request in a thread, unless one is under way."""
        if self.state.is_reading:
            return
        request = self.state.begin()
        self.post_message(self.TabChanged())
        run_in_thread(self, lambda: call(request), lambda error: TabReadFailed(request, error))

    def arrived(self, request: int) -> bool:
        """Whether a reply is to be shown."""
        if not self.state.accepts(request):
            return False
        self.state.end(self.context.session.now())
        self.post_message(self.TabChanged())
        return True

    def on_tab_read_failed(self, message: TabReadFailed) -> None:
        """Shows why it could not be read."""
        if self.state.accepts(message.request):
            self.state.end(self.context.session.now(), message.error)
            self.post_message(self.TabChanged())
            self.draw()

    def draw(self) -> None:
        """Draws the content for the size of the tab."""

    def on_resize(self) -> None:
        """Fits the content to the new size."""
        self.draw()

    def problem_lines(self, width: int) -> list[Content]:
        """Why nothing, or nothing newer, could be read."""
        if not self.state.error:
            return []
        text = Content.styled(cell(self.state.error, 1000), "bold $tone-unhealthy")
        return list(text.wrap(max(10, width)))
