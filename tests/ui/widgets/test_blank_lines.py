"""The background of a container, made without its styles, is what Textual makes of it."""

from textual.geometry import Region
from textual.widget import Widget

from tests.support.pilot import run_dashboard
from vmss_tui.ui.drawing.panes import Panes
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.widgets.frame import Frame


async def test_containers_have_the_lines_that_textual_makes_in_every_theme() -> None:
    async with run_dashboard() as screen:
        top = screen.app.screen
        for theme in ("vmss-dark", "vmss-light", "vmss-16", "vmss-mono"):
            screen.app.theme = theme
            await screen.rest()
            containers = (top, *top.query(Panes), *top.query(Heatmap), *top.query(Frame))
            shown = [widget for widget in containers if widget.size.area]
            assert len(shown) > 5
            for widget in shown:
                crop = Region(0, 0, *widget.size)
                own = [[*strip] for strip in widget.render_lines(crop)]
                assert own == [[*strip] for strip in Widget.render_lines(widget, crop)]
