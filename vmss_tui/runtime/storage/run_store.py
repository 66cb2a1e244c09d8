"""All runs of this user on this machine: creates, finds and lists them.

Each is a folder `<state>/runs/<utc>-<set>-<short id>/`; locks are per scale set, in
`<state>/locks/`.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui.errors import VmssError
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.run_folder import (
    Manifest,
    RunFolder,
    current_operator,
    read_lock_owner,
)
from vmss_tui.runtime.storage.state_folder import FileLock, ensure_private_folder, write_private
from vmss_tui.upgrade.plan.plan import Plan


class RunNotFound(VmssError):
    """No run, or more than one, matches the name; the message contains the choices."""


class RunStore:
    """The runs in one state folder."""

    def __init__(self, state: Path) -> None:
        self.state_folder = ensure_private_folder(state)
        self._runs_folder = ensure_private_folder(state / "runs")
        self._locks_folder = ensure_private_folder(state / "locks")

    def create(
        self, plan: Plan, context: AzureContext, now: datetime, *, assumed_yes: bool = False
    ) -> RunFolder:
        """Creates the folder of a confirmed plan, durable on return."""
        existing_names = set(self._names_by_path().values())
        while (name := f"{plan.name}-{secrets.token_hex(2)}") in existing_names:
            pass
        manifest = Manifest(
            name=name,
            plan=plan,
            context=context,
            by=current_operator(),
            made_at=now.isoformat(timespec="seconds"),
            assumed_yes=assumed_yes,
        )
        path = ensure_private_folder(self._runs_folder / f"{now:%Y%m%dT%H%M%S}-{name}")
        write_private(path / "run.json", msgspec.json.encode(manifest))
        return RunFolder(path, self._locks_folder)

    def all(self) -> Sequence[RunFolder]:
        """All runs, newest first; a folder without a readable manifest is left out."""
        return self._open(self._names_by_path())

    def names(self) -> Sequence[str]:
        """Names of all runs, newest first; opens no file."""
        return tuple(self._names_by_path().values())

    def find(self, prefix: str) -> RunFolder:
        """The run with this name, or the only one whose name begins so; raises `RunNotFound`."""
        names = self._names_by_path()
        exact = [path for path in names if names[path] == prefix]
        matches = exact or [path for path in names if names[path].startswith(prefix)]
        if len(matches) == 1 and (folders := self._open(matches)):
            return folders[0]
        if len(matches) > 1:
            choices = ", ".join(names[path] for path in matches[:10])
            raise RunNotFound(f"{prefix!a} could be any of these runs: {choices}")
        recent_names = ", ".join(list(names.values())[:5]) or "none yet"
        raise RunNotFound(f"there is no run {prefix!a} (runs: {recent_names})")

    def of_scale_set(self, scale_set: ScaleSetId) -> Sequence[RunFolder]:
        """Runs of one scale set, newest first."""
        prefix = f"{scale_set.name.lower()}-"
        paths = [
            path for path, name in self._names_by_path().items() if name.lower().startswith(prefix)
        ]
        return [f for f in self._open(paths) if f.manifest.plan.scale_set.key == scale_set.key]

    def _names_by_path(self) -> dict[Path, str]:
        """Folder -> run name, newest first. Opens no file, because it is called twice a second."""
        paths = sorted(self._runs_folder.iterdir(), reverse=True)
        return {path: path.name.partition("-")[2] for path in paths}

    def _open(self, paths: Iterable[Path]) -> list[RunFolder]:
        folders: list[RunFolder] = []
        for path in paths:
            try:
                folders.append(RunFolder(path, self._locks_folder))
            except (OSError, msgspec.MsgspecError):
                continue
        return folders

    def live_names(self) -> Sequence[str]:
        """Names of the runs whose workers are alive now; opens no file but the locks."""
        paths = sorted(self._locks_folder.glob("*.lock"))
        owners = (read_lock_owner(FileLock(path)) for path in paths)
        names = set(self.names())
        return tuple(owner.run for owner in owners if owner is not None and owner.run in names)

    def live_run(self, scale_set: ScaleSetId) -> RunFolder | None:
        """The run whose worker has the lock of the scale set now."""
        return next((folder for folder in self.of_scale_set(scale_set) if folder.is_live), None)
