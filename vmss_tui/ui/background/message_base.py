"""Base class of the messages that threads post to screens."""

from textual.message import Message


class ReplaceableMessage(Message):
    """A message that a newer one of the same class replaces while it waits in the queue."""

    def can_replace(self, message: Message) -> bool:
        """Return True where `message` is of the same class: Textual then drops the older one."""
        return type(message) is type(self)
