"""The command by which this program starts itself, as a worker or a simulator."""

import sys

COMMAND = (sys.executable, "-P", "-m", "vmss_tui")
"""`-P`: nothing is imported from the working folder."""
