"""Texts around the list of scale sets."""

from vmss_tui.fleet.estate.row import VersionUse
from vmss_tui.ui.screens.estate_texts import version_texts


def test_the_versions_in_use_stand_in_columns() -> None:
    uses = [
        VersionUse("22.04.1", 4671, 50, ("eastus", "westus")),
        VersionUse("1.5.0", 1, 1, ("a", "b", "c")),
    ]
    assert [text.plain for text in version_texts(uses)] == [
        "22.04.1  4,671 instances in 50 scale sets, eastus and westus",
        "1.5.0        1 instance in 1 scale set, 3 regions",
    ]
