"""Words that stay as they are: drawn again only where they differ, so that idle costs nothing."""

from collections.abc import Callable

from textual.content import Content
from textual.widget import Widget

_EMPTY = Content("")


def same(one: Content, other: Content) -> bool:
    """Equal in text and in style; `Content` itself compares the text only."""
    return one.plain == other.plain and one.spans == other.spans


class Still(Widget):
    """Some lines of words. `say` draws them only if they are new."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.words = _EMPTY

    def say(self, words: Content, *, fit: bool = False) -> None:
        """Shows other words; with `fit` the widget becomes as wide as they are."""
        if same(words, self.words):
            return
        if fit and words.cell_length != self.words.cell_length:
            self.styles.width = words.cell_length
        room = self._room_for(self.words)
        self.words = words
        self.refresh(layout=self._room_for(words) != room)

    def _room_for(self, words: Content) -> tuple[int, int]:
        """Columns and lines that they ask for, where we are as large as our words: only another
        room moves the widgets around us, and laying a screen out costs more than drawing it."""
        wide, high = self.styles.is_auto_width, self.styles.is_auto_height
        lines = words.get_height({}, self.size.width) if high and self.size.width else 0
        return (words.cell_length if wide else 0, lines)

    def get_content_width(self, container: object, viewport: object) -> int:
        """As wide as the longest line."""
        return max((line.cell_length for line in self.words.split("\n")), default=0)

    def render(self) -> Content:
        """The words as they are."""
        return self.words


class Worked(Still):
    """Words that depend on the width: worked out by `words_for`, again when the width changes."""

    def __init__(
        self,
        words_for: Callable[[int], Content],
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._words_for = words_for

    def look(self) -> None:
        """Works the words out again."""
        if self.size.width:
            self.say(self._words_for(self.size.width))

    def on_resize(self) -> None:
        """Another width, other words."""
        self.look()
