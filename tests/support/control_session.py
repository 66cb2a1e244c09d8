"""Run control over a state folder, whose workers never start; there is no Azure."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.support.run_folders import AZURE
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.runs.control import RunControl
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_store import FolderStore


class ControlSession:
    """Run control over a state folder, and the runs whose workers it would have launched."""

    def __init__(self, state: Path, *, read_only: bool = False) -> None:
        self.store = FolderStore(state)
        self.launched: list[StoredRun] = []
        self.failure: Exception | None = None
        self.launch: Callable[[StoredRun], None] = lambda _folder: None
        gateway: Any = SimpleNamespace(context=AZURE, prepare_write=lambda: AZURE)
        self.permission = Permission(gateway, self.store, read_only=read_only)
        self.control = RunControl(
            gateway, self.store, BootClock(), self.permission, launch=self._launch
        )

    def _launch(self, folder: StoredRun) -> None:
        self.launched.append(folder)
        if self.failure is not None:
            raise self.failure
        self.launch(folder)

    def runs_on_disk(self) -> list[Path]:
        """The folders of runs."""
        return list((self.store.state_folder / "runs").iterdir())
