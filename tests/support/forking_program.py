"""The program, whose workers are forked: `python -m tests.support.forking_program ARGUMENT...`.

The variable `VMSS_FORKS` has the address of the process that forks them (`worker_forks`).
"""

import os
import sys

from tests.support.worker_forks import ADDRESS_VARIABLE, forking_subprocess
from vmss_tui.__main__ import main
from vmss_tui.runtime.runs import worker

if __name__ == "__main__":
    worker.subprocess = forking_subprocess(os.environ[ADDRESS_VARIABLE])  # type: ignore[attr-defined]
    sys.exit(main())
