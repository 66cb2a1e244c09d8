"""Messages of the threads that read for the tabs. Each has the number of the request that it
answers: a reply to an earlier one, or about another instance, is dropped."""

from collections.abc import Sequence
from datetime import datetime

from textual.message import Message

from vmss_tui.gateway.diagnostics import ActivityEvent, BootLog
from vmss_tui.runtime.diagnosis.instance_document import InstanceDocument


class TabReply(Message, bubble=False):
    """A reply to a request of a tab."""

    def __init__(self, request: int) -> None:
        super().__init__()
        self.request = request


class TabReadFailed(TabReply, bubble=False):
    """Why the request failed."""

    def __init__(self, request: int, error: str) -> None:
        super().__init__(request)
        self.error = error


class DocumentArrived(TabReply, bubble=False):
    """The instance as ARM returns it."""

    def __init__(self, request: int, document: InstanceDocument) -> None:
        super().__init__(request)
        self.document = document


class BootLogArrived(TabReply, bubble=False):
    """A part of the serial log."""

    def __init__(self, request: int, log: BootLog, *, is_earlier: bool) -> None:
        super().__init__(request)
        self.log, self.is_earlier = log, is_earlier


class ActivityArrived(TabReply, bubble=False):
    """Events of the Activity Log, and the ids of our own requests."""

    def __init__(
        self,
        request: int,
        events: Sequence[ActivityEvent],
        own_ids: frozenset[str],
        since: datetime,
    ) -> None:
        super().__init__(request)
        self.events, self.own_ids, self.since = tuple(events), own_ids, since
