"""The colours of the groups of states, for the dashboard and for HTML reports.

A test measures the distances between them, also for red-, green- and blue-blind eyes.
"""

from typing import NamedTuple

from vmss_tui.fleet.state_groups import StateGroup


class CellColours(NamedTuple):
    """Colours of a cell and of text about it, each as `#rrggbb`."""

    ground: str
    ink: str
    """Glyph and instance id on the ground."""
    word: str
    """The same meaning as text on the background of the screen."""


DARK = {
    StateGroup.LATEST_MODEL: CellColours("#2f86d2", "#04182b", "#6ab4f2"),
    StateGroup.UPGRADING: CellColours("#fde047", "#2a2300", "#fde047"),
    StateGroup.UNHEALTHY: CellColours("#f07d22", "#2b1200", "#ff9a42"),
    StateGroup.FAILED: CellColours("#cf2222", "#ffffff", "#ff6f64"),
    StateGroup.OUTDATED: CellColours("#4e4037", "#a8957f", "#a8957f"),
    StateGroup.STOPPED: CellColours("#9aa2ab", "#1f272f", "#9aa2ab"),
    StateGroup.DEALLOCATED: CellColours("#1d2731", "#8794a3", "#8794a3"),
    StateGroup.UNKNOWN: CellColours("#bcd2ff", "#101a30", "#bcd2ff"),
}
REQUESTED, PROVISIONED = "requested", "provisioned"
"""Of the timeline only: before an upgrade begins, and after it until health is reported."""
DARK_PHASES = {REQUESTED: "#6e6127", PROVISIONED: "#90cdff"}
LIGHT_PHASES = {REQUESTED: "#b9a24a", PROVISIONED: "#8cc3f2"}
LIGHT = {
    StateGroup.LATEST_MODEL: CellColours("#2a78c2", "#ffffff", "#0b5cab"),
    StateGroup.UPGRADING: CellColours("#f7c600", "#2a2300", "#6b5500"),
    StateGroup.UNHEALTHY: CellColours("#e8680a", "#1f0d00", "#a84600"),
    StateGroup.FAILED: CellColours("#a50f1a", "#ffffff", "#a50f1a"),
    StateGroup.OUTDATED: CellColours("#d6c9b2", "#6e5f48", "#6e5f48"),
    StateGroup.STOPPED: CellColours("#78838f", "#ffffff", "#4f5963"),
    StateGroup.DEALLOCATED: CellColours("#eceff3", "#67737f", "#67737f"),
    StateGroup.UNKNOWN: CellColours("#b9b4f0", "#1b1650", "#3f38a0"),
}
