"""Runs a gate, and kills it with all its children when the worker has ended.

A program of its own, `python gate_guard.py LINE COMMAND...`, in a session that the gate shares.
`LINE` is a descriptor: one end of a socket pair whose other end only the worker has, so it closes
in any case when the worker ends. The gate does not inherit it, and no process id can be reused by
mistake. Imports nothing of this package, to start quickly.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

NOT_STARTED = 127
"""Exit code where the command cannot be run; its `errno` is sent through the line, in digits."""


def main(line: int, command: Sequence[str]) -> int:
    """Returns the gate's exit code; where a signal ended the gate, it ends this process, too."""
    try:
        gate = subprocess.Popen(command)  # which does not inherit the line
    except OSError as error:
        os.write(line, b"%d" % (error.errno or 0))
        return NOT_STARTED
    threading.Thread(target=_kill_when_worker_exits, args=(line,), daemon=True).start()
    code = gate.wait()
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def _kill_when_worker_exits(line: int) -> None:
    with contextlib.suppress(OSError):
        os.read(line, 1)  # the worker never writes: this returns when it has ended
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
