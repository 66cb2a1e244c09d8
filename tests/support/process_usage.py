"""What the processes that a test starts use: processor time and memory."""

import ctypes
import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SET_CHILD_SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of prctl(2): orphaned descendants become children of this process."""
_INTERVAL = 0.25


class ProcessUsage:
    """Use of the descendants of this process; complete once the measurement has ended."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """Real seconds."""
        self.cpu_seconds = 0.0
        self.peak_bytes = 0
        """Largest memory of all together at one moment; shared pages count once (PSS)."""
        self.peak_processes = 0

    @property
    def cores(self) -> float:
        """Processor seconds per real second."""
        return self.cpu_seconds / self.seconds

    def sample(self, known: frozenset[int]) -> None:
        """Adds a look at the descendants of this process, without the `known` ones."""
        sizes = [size for pid in _descendants() - known if (size := _memory(pid))]
        self.peak_bytes = max(self.peak_bytes, sum(sizes))
        self.peak_processes = max(self.peak_processes, len(sizes))


@contextmanager
def process_usage() -> Iterator[ProcessUsage]:
    """Measures what descendants of this process use that are started and end meanwhile."""
    usage, ended = ProcessUsage(), threading.Event()
    known = frozenset(_descendants())
    prctl = ctypes.CDLL(None).prctl
    assert prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0

    def watch() -> None:
        while not ended.wait(_INTERVAL):
            usage.sample(known)

    watcher = threading.Thread(target=watch, daemon=True)
    begun, cpu = time.monotonic(), _cpu_seconds()
    watcher.start()
    try:
        yield usage
        usage.seconds = time.monotonic() - begun
    finally:
        ended.set()
        watcher.join()
        for pid in _children() - known:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
        prctl(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        usage.cpu_seconds = _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    """Of all children that have ended, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _parents() -> dict[int, int]:
    """The parent of each process of this machine."""
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                _, _, stat = (path / "stat").read_text().rpartition(")")
                parents[int(path.name)] = int(stat.split()[1])
    return parents


def _children() -> set[int]:
    return {pid for pid, parent in _parents().items() if parent == os.getpid()}


def _descendants() -> set[int]:
    parents, family = _parents(), {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {os.getpid()}


def _memory(pid: int) -> int:
    """Bytes; 0 for a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
