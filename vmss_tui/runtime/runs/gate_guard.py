"""Runs a gate, and ends it with all that it started when the worker that asked is gone.

A program of its own: `python gate_keeper.py LINE COMMAND...`, in a session of its own, which the
gate shares. `LINE` is its end of a socket pair whose other end only the worker has: however that
dies, the line closes. Whatever the gate does with its own descriptors changes nothing, and no
process id is ever taken for another's. Imports nothing of ours: it has to start quickly.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

NOT_STARTED = 127
"""Exit code where the command cannot be run; the line tells the `errno` in digits."""


def main(line: int, command: Sequence[str]) -> int:
    """The gate's exit code; where a signal ended it, the same signal ends this."""
    try:
        gate = subprocess.Popen(command)  # which does not get the line
    except OSError as error:
        os.write(line, b"%d" % (error.errno or 0))
        return NOT_STARTED
    threading.Thread(target=_kill_when_worker_exits, args=(line,), daemon=True).start()
    code = gate.wait()
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no other meaning
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def _kill_when_worker_exits(line: int) -> None:
    with contextlib.suppress(OSError):
        os.read(line, 1)  # nobody writes: it returns when the worker is gone
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
