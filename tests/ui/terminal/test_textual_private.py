"""The installed Textual and Rich still have the private names that `textual_private` uses."""

import ast
import inspect
import io
from types import WrapperDescriptorType
from typing import Any, ClassVar, cast

import pytest
from rich.console import Console
from rich.segment import Segment
from textual import _compositor, _xterm_parser, keys
from textual.app import App
from textual.content import Content
from textual.css.model import RuleSet
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.strip import Strip

from tests.support.fake_session import FakeServices
from tests.support.paths import ROOT
from tests.support.pilot import run_dashboard
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.dialogs.help import HelpScreen
from vmss_tui.ui.drawing.static_text import StaticText
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.terminal.compaction import compact_update
from vmss_tui.ui.terminal.textual_private import (
    app_driver,
    app_event_loop,
    app_exception,
    character_key_name,
    console_for,
    driver_writer_thread,
    exit_app_of,
    exit_with_exception,
    handle_exception,
    input_parser,
    post_event,
    queue_output,
    rewrite_partial_updates,
    screen_segments,
    set_exception_handler,
    store_clipboard,
    use_native_rule_hash,
)

MODULE = ROOT / "vmss_tui" / "ui" / "terminal" / "textual_private.py"
APP_NAMES = {
    "_loop": "app_event_loop",
    "_driver": "app_driver",
    "_exception": "app_exception",
    "_handle_exception": "set_exception_handler",
    "_exit": "exit_with_exception",
    "_return_code": "exit_with_exception",
    "_exception_event": "exit_with_exception",
    "_close_messages_no_wait": "exit_with_exception",
    "_clipboard": "store_clipboard",
}
"""Private name of `textual.app.App` -> the function that needs it."""
DRIVER_NAMES = {
    "_loop": "exit_app_of",
    "_app": "exit_app_of",
    "_writer_thread": "driver_writer_thread",
    "_debug": "input_parser",
}
"""Private name of `textual.drivers.linux_driver.LinuxDriver` -> the function that needs it."""


async def new_driver() -> tuple[App[Any], LinuxDriver]:
    """An app, and a driver of it that has not been started; needs a running event loop."""
    app: App[Any] = App()
    return app, LinuxDriver(app, debug=False)


@pytest.mark.parametrize(("name", "function"), APP_NAMES.items())
async def test_the_app_has_the_name(name: str, function: str) -> None:
    app: App[Any] = App()
    async with app.run_test():
        assert hasattr(app, name), f"textual no longer has App.{name}: {function} needs it"


@pytest.mark.parametrize(("name", "function"), DRIVER_NAMES.items())
async def test_the_linux_driver_has_the_name(name: str, function: str) -> None:
    _, driver = await new_driver()
    assert hasattr(driver, name), f"textual no longer has LinuxDriver.{name}: {function} needs it"


def test_the_parser_of_terminal_input_has_its_name_and_methods() -> None:
    parser = getattr(_xterm_parser, "XTermParser", None)
    assert parser is not None, "textual no longer has _xterm_parser.XTermParser"
    for method in ("feed", "tick"):
        assert hasattr(parser, method), f"textual no longer has XTermParser.{method}"


def test_the_name_of_a_characters_key_can_be_looked_up() -> None:
    assert hasattr(keys, "_character_to_key"), "textual no longer has keys._character_to_key"
    assert character_key_name("?") == "question_mark"
    assert character_key_name("a") == "a"


def test_a_rich_console_takes_an_environment() -> None:
    parameters = inspect.signature(Console).parameters
    assert "_environ" in parameters, "rich no longer has Console(_environ=…)"
    assert console_for({"TERM": "xterm-256color"}).color_system == "256"
    assert console_for({"TERM": "dumb"}).color_system is None


async def test_a_running_app_has_an_event_loop_and_a_driver() -> None:
    app: App[Any] = App()
    assert app_driver(app) is None
    async with app.run_test():
        assert app_event_loop(app) is not None
        assert app_driver(app) is not None
        assert app_exception(app) is None


async def test_a_screen_gives_what_it_shows_as_segments() -> None:
    app: App[Any] = App()
    async with app.run_test(size=(20, 5)):
        assert hasattr(app.screen, "_compositor"), "textual no longer has Screen._compositor"
        console = console_for({"TERM": "xterm-256color"})
        segments = list(screen_segments(app.screen, console, console.options))
        assert sum(segment.text.count("\n") for segment in segments) >= 4


async def test_a_text_gets_the_height_it_needs_where_a_layout_is_required_already() -> None:
    app: App[Any] = App()
    async with app.run_test(size=(20, 9)) as pilot:
        text = StaticText()
        text.styles.height = "auto"
        await app.screen.mount(text)
        text.set_content(Content("one line"))
        await pilot.pause()
        text.refresh(layout=True)
        assert hasattr(text, "_layout_updates"), "textual no longer has Widget._layout_updates"
        app.screen._clear_arrangement_cache()
        app.screen._refresh_layout()  # before the widget is idle
        text.set_content(Content("one\nof two"))
        await pilot.pause()
        assert text.size.height == 2


async def test_the_clipboard_can_be_set() -> None:
    app: App[Any] = App()
    store_clipboard(app, "web_17")
    assert app.clipboard == "web_17", "textual no longer reads App.clipboard from App._clipboard"


async def test_the_replaced_handler_receives_an_unhandled_exception() -> None:
    class Failing(App[int]):
        """Fails as soon as it is mounted."""

        def on_mount(self) -> None:
            """Fails."""
            raise LookupError("unhandled")

    received: list[Exception] = []
    app = Failing()

    def handler(error: Exception) -> None:
        received.append(error)
        exit_with_exception(app, error)

    set_exception_handler(app, handler)
    with pytest.raises(LookupError, match="unhandled"):
        async with app.run_test():
            pass
    assert [str(error) for error in received] == ["unhandled"], (
        "textual no longer passes unhandled exceptions to App._handle_exception"
    )
    assert app_exception(app) is received[0]
    assert app.return_code == 1, "textual no longer returns App._return_code"


async def test_an_exception_can_be_passed_to_the_handler() -> None:
    app: App[Any] = App()
    received: list[Exception] = []
    set_exception_handler(app, received.append)
    error = LookupError("from a thread")
    handle_exception(app, error)
    assert received == [error]


async def test_a_driver_has_a_parser_and_no_writer_thread_before_it_is_started() -> None:
    _, driver = await new_driver()
    assert driver_writer_thread(driver) is None
    events = list(input_parser(driver).feed("q"))
    assert [cast(Any, event).key for event in events] == ["q"]


def test_the_queue_of_the_writer_thread_takes_output_while_there_is_space() -> None:
    output = io.StringIO()
    thread = WriterThread(output)
    assert queue_output(thread, "shown", 0.01)
    while queue_output(thread, "", 0.0001):
        pass
    assert thread._queue.full(), "textual's writer thread no longer has a queue of limited size"
    thread.start()
    while not queue_output(thread, None, 0.1):
        pass
    thread.join()
    assert output.getvalue() == "shown"


async def test_a_driver_can_post_to_its_app_and_exit_it() -> None:
    class Resizable(App[int]):
        """Keeps the widths that it is given."""

        widths: ClassVar[list[int]] = []

        def on_resize(self, event: Resize) -> None:
            """Keeps one."""
            self.widths.append(event.size.width)

    app = Resizable()
    async with app.run_test() as pilot:
        post_event(LinuxDriver(app, debug=False), Resize(Size(33, 9), Size(33, 9)))
        await pilot.pause()
        assert app.widths[-1] == 33
        exit_app_of(LinuxDriver(app, debug=False), 129)
        await pilot.pause()
    assert app.return_value == 129


def test_every_private_name_in_the_module_is_tested_here() -> None:
    tree = ast.parse(MODULE.read_text("utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    private = {name for name in used if name.startswith("_")}
    others = {"_queue", "_compositor", "_layout_updates", "__hash__"}
    assert private == APP_NAMES.keys() | DRIVER_NAMES.keys() | others


def test_rules_of_stylesheets_are_hashed_by_identity_without_python_code() -> None:
    textual_hash = "def __hash__(self):\n        return id(self)"
    assert textual_hash in inspect.getsource(RuleSet), "textual changed: use_native_rule_hash"
    use_native_rule_hash()
    first, second = RuleSet(), RuleSet()
    assert first == second
    assert len({first, second, first}) == 2
    assert isinstance(RuleSet.__hash__, WrapperDescriptorType)


def test_a_partial_update_has_its_method() -> None:
    assert hasattr(_compositor, "ChopsUpdate"), "textual no longer has _compositor.ChopsUpdate"
    assert hasattr(_compositor.ChopsUpdate, "render_segments"), (
        "textual no longer has ChopsUpdate.render_segments: rewrite_partial_updates needs it"
    )


def test_a_partial_update_sends_the_columns_that_changed_and_whole_characters() -> None:
    rewrite_partial_updates(compact_update)
    console = console_for({"TERM": "xterm-256color"})

    def sent(text: str, *spans: tuple[int, int, int]) -> str:
        strip = Strip([Segment(text)])
        ends = [[strip.cell_length]]
        update = _compositor.ChopsUpdate([{0: strip}], list(spans), ends)
        return update.render_segments(console)

    assert sent("abcdefgh", (0, 2, 4), (0, 6, 9)) == "\x1b[1;3Hcd\x1b[1;7Hgh"
    assert sent("漢字abcd", (0, 3, 5)) == "\x1b[1;3H字a", "not half of a character"
    assert sent("漢字abcd", (0, 2, 5)) == "\x1b[1;3H字a"


async def test_a_screen_that_opens_as_the_app_exits_leaves_no_error() -> None:
    async with run_dashboard(FakeServices()) as screen:
        screen.app.exit(143)
        screen.app.push_screen(HelpScreen(None, CommandContext(), {}))
    assert screen.app.return_value == 143
    assert app_exception(screen.app) is None


async def test_a_scale_set_that_opens_as_the_app_exits_leaves_no_error() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        screen.app.exit(130)
        screen.app.push_screen(ScaleSetScreen(services.snapshot.scale_set.id))
    assert screen.app.return_value == 130
    assert app_exception(screen.app) is None
