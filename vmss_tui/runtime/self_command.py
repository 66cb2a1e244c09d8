"""How this program starts itself again, for a worker or a demo."""

import sys

COMMAND = (sys.executable, "-P", "-m", "vmss_tui")
"""`-P`: nothing is imported from the working folder, whatever lies there."""
