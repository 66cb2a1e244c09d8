"""An HTML report, taken apart."""

from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>\"'&\x1b[2J"


class Page(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def check_harmless(page: Page) -> None:
    """The page is complete, loads nothing, and has neither scripts nor links."""
    assert page.open == []
    assert set(page.elements).isdisjoint({"script", "link", "img", "iframe", "form", "object"})
    names = {name for name, _ in page.attributes}
    assert names <= {"lang", "charset", "http-equiv", "content", "name", "class", "style", "title"}
    assert not any(
        "url(" in value or "//" in value for name, value in page.attributes if name != "title"
    )
    policy = next(value for _, value in page.attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
