"""Text widgets that are drawn again only when their content differs."""

from collections.abc import Callable

from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget

from vmss_tui.ui.terminal.textual_private import request_layout

_EMPTY = Content("")


def same_content(first: Content, second: Content) -> bool:
    """Whether two contents are equal in text and style; `Content` compares the text only."""
    return first.plain == second.plain and first.spans == second.spans


class StaticText(Widget):
    """Lines of text. `set_content` draws them only if they differ."""

    virtual_size = Reactive(Size(0, 0))
    """Without the second layout of Textual's: the size is the result of one, and contains nothing
    else that would have to be arranged."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.content = _EMPTY

    def set_content(self, content: Content, *, fit: bool = False) -> None:
        """Shows another text; with `fit` the widget becomes as wide as the text."""
        if same_content(content, self.content):
            return
        if fit and content.cell_length != self.content.cell_length:
            self.styles.width = content.cell_length
        size = self._automatic_size(self.content)
        self.content = content
        if self._automatic_size(content) != size:
            request_layout(self)
        else:
            self.refresh()

    def _automatic_size(self, content: Content) -> tuple[int, int]:
        """The columns and lines that the text needs where width or height is `auto`, else 0. Only
        a change of them needs a new layout of the screen, which costs more than drawing it."""
        auto_width, auto_height = self.styles.is_auto_width, self.styles.is_auto_height
        lines = content.get_height({}, self.size.width) if auto_height and self.size.width else 0
        return (content.cell_length if auto_width else 0, lines)

    def get_content_width(self, container: object, viewport: object) -> int:
        """The width of the longest line."""
        return max((line.cell_length for line in self.content.split("\n")), default=0)

    def render(self) -> Content:
        """The current content."""
        return self.content


class ComputedText(StaticText):
    """Text computed for the width of the widget, and again when the width changes."""

    def __init__(
        self,
        content_for_width: Callable[[int], Content],
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._content_for_width = content_for_width

    def update_content(self) -> None:
        """Computes the text again."""
        if self.size.width:
            self.set_content(self._content_for_width(self.size.width))

    def on_resize(self) -> None:
        """Computes the text for the new width."""
        self.update_content()
