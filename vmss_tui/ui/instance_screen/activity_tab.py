"""The tab with the Activity Log: who requested what of the instance and its set."""

from collections.abc import Iterator
from datetime import timedelta

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from vmss_tui.runtime.diagnosis.activity import (
    LAG,
    Activity,
    age_of_log,
    group_events,
    own_request_ids,
)
from vmss_tui.text import cell
from vmss_tui.ui.detail.labelled_lines import labelled_lines
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instance_screen.replies import ActivityArrived
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext

_SPANS = (timedelta(hours=24), timedelta(days=7), timedelta(days=30))
_FAILED, _SUCCEEDED = ("failed", "canceled", "cancelled"), ("succeeded", "accepted", "resolved")
_INDENT = 16


class ActivityTab(InstanceTab):
    """The last 24 hours; `more` reads the last 7 and 30 days."""

    LABEL = "Activity"
    COST = "1 API call"

    def __init__(self, context: TabContext) -> None:
        super().__init__(context)
        self._text = LineText(classes="detail-text")
        self._activities: tuple[Activity, ...] | None = None
        self._span = 0

    def compose(self) -> ComposeResult:
        """One block of lines, which scrolls."""
        yield VerticalScroll(self._text, can_focus=True)

    @property
    def scroll_target(self) -> Widget:
        """The lines."""
        return self.query_one(VerticalScroll)

    def read(self) -> None:
        """Reads the events of the span."""
        context, now = self.context, self.context.session.now()
        services, scale_set = context.session.services, context.scale_set
        since, run_name = now - _SPANS[self._span], context.run_name

        def call(request: int) -> ActivityArrived:
            events = services.diagnostics.read_activity(scale_set, since, now)
            records = services.run_control.follow(run_name).read_new() if run_name else ()
            own_ids = own_request_ids(services.operations_log, scale_set, records)
            return ActivityArrived(request, events, own_ids, since)

        self.send(call)

    def read_more(self) -> None:
        """Reads a longer span."""
        if self._span + 1 < len(_SPANS) and not self.state.is_reading:
            self._span += 1
            self.read()

    def on_activity_arrived(self, message: ActivityArrived) -> None:
        """Shows the events of the set and of this instance."""
        if self.arrived(message.request):
            path = self.context.instance_path.lower()
            self._activities = group_events(message.events, message.own_ids, path)
            self.draw()
            self.post_message(self.TabChanged())

    def instance_changed(self, *, is_other: bool) -> None:
        """Drops what belongs to another instance."""
        super().instance_changed(is_other=is_other)
        if is_other:
            self._activities, self._span = None, 0
            self.draw()

    @property
    def age_text(self) -> str:
        """When it was read, and the span."""
        dot = self.context.appearance.sign("dot")
        now = self.context.session.now()
        return f"{super().age_text} {dot} {age_of_log(now - _SPANS[self._span], now)}"

    @property
    def hints(self) -> tuple[tuple[str, str], ...]:
        """Reading again, and a longer span."""
        more = self._span + 1 < len(_SPANS)
        longer = (("longer-span", "longer span"),) if more else ()
        return (*longer, ("refresh", "read again"))

    def draw(self) -> None:
        """Draws the events for the width."""
        width = self.scroll_target.scrollable_content_region.width
        if width:
            self._text.set_lines([*self.problem_lines(width), *self._lines(width)])

    def _lines(self, width: int) -> Iterator[Content]:
        if self._activities is None:
            yield Content.styled("" if self.state.error else "reading …", "$quiet")
            return
        yield from labelled_lines("", Content.styled(LAG, "$quiet"), width, label_width=0)
        if not self._activities:
            yield Content("No request about the set or this instance in this span.")
        for activity in self._activities:
            yield Content("")
            yield from self._activity_lines(activity, width)

    def _activity_lines(self, activity: Activity, width: int) -> Iterator[Content]:
        first, last, appearance = activity.first, activity.last, self.context.appearance
        status = last.status.lower()
        style = "bold $tone-failed" if status in _FAILED else ""
        if status in _SUCCEEDED:
            style = "$tone-good"
        who = cell(first.caller, 80) or "not reported"
        own = Content.styled("  this program", "bold $tone-moving") if activity.is_own else ""
        yield Content.assemble(
            (f"{appearance.day_and_clock(first.at):<{_INDENT}}", "$quiet"),
            (cell(first.operation_label or first.operation, 100), "bold"),
            "  ",
            (cell(last.status, 40), style),
        )
        client = f" with {cell(first.client, 60)}" if first.client else ""
        kind = f" ({first.caller_kind})" if first.caller else ""
        by = Content.assemble("by ", (who, "bold"), (f"{kind}{client}", "$quiet"), own)
        yield from labelled_lines("", by, width, label_width=_INDENT)
        is_instance = "/virtualmachines/" in first.resource_id.lower()
        target = "this instance" if is_instance else "the scale set"
        detail = f"{target}, correlation ID {cell(first.correlation_id, 60) or 'not reported'}"
        yield from labelled_lines("", Content.styled(detail, "$quiet"), width, label_width=_INDENT)
        if last.message:
            message = Content.styled(cell(last.message, 600), style)
            yield from labelled_lines("", message, width, label_width=_INDENT)
