"""A run seen from outside: its journal followed as it grows, for screens and commands."""

from vmss_tui.runtime.clock import Clock, bridged
from vmss_tui.runtime.journal import Tail
from vmss_tui.runtime.run_folder import RunFolder
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.fold import apply
from vmss_tui.upgrade.run import Run


class Follower:
    """Reads each record once. Not for several threads at once."""

    def __init__(self, folder: RunFolder, clock: Clock) -> None:
        """`clock` is that of the run's world, as its worker reads it."""
        self.folder = folder
        self._clock = clock
        self.run = Run()
        self.damage = ""
        """What is wrong with the journal, in words; nothing after it is read."""
        self._tail = Tail(folder.journal_path)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def alive(self) -> bool:
        """The worker lives."""
        return self.folder.alive

    def t(self) -> float:
        """The run's clock now, at which its stopwatches are read; stands still without a worker."""
        run = self.run
        return bridged(run.t, run.changed_at, self._clock) if self.alive else run.t

    def poll(self) -> tuple[Record, ...]:
        """Records that came since the last call; `run` is their fold."""
        news, self.damage = self._tail.news(), self._tail.damage
        for record in news:
            self.run = apply(self.run, record)
        return news
