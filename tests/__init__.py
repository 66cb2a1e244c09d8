"""The tests. What the program sets before Textual is imported is set for them too."""

import vmss_tui.ui  # noqa: F401
