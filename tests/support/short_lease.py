"""Runs the program with a lease of 15 s, the shortest that Azure grants, so that a test can wait
for its end: `python -m tests.support.short_lease COMMAND...`, in the root of the checkout.

The product has no setting for this; this module patches it in its own process, and the workers
that it starts do the same.
"""

import sys

from vmss_tui.__main__ import main
from vmss_tui.runtime import self_command
from vmss_tui.runtime.storage.blob import lease

lease.DURATION, lease.RENEWAL_INTERVAL, lease.MARGIN = 15, 4.0, 4.0
self_command.COMMAND = (sys.executable, "-m", "tests.support.short_lease")  # type: ignore[assignment]  # shorter

if __name__ == "__main__":
    sys.exit(main())
