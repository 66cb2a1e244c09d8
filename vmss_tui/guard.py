"""A cockpit that refuses to write where this session may not: protected sets, attended sign-ins.

The words of each refusal are here, once, for the dashboard and the command line alike.
"""

from typing import Any

from vmss_tui.config import ATTENDED, Settings
from vmss_tui.fleet.change import Change
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.cockpit import Cockpit
from vmss_tui.runtime.model_writer import Saved
from vmss_tui.runtime.refused import RunRefused
from vmss_tui.upgrade.plan import Plan


class GuardedCockpit(Cockpit):
    """A `Cockpit` with the settings' own limits on top."""

    def __init__(self, *parts: Any, settings: Settings, **more: Any) -> None:
        """Takes what a `Cockpit` takes, and the settings."""
        super().__init__(*parts, **more)
        self._settings = settings
        self._unlocked: set[str] = set()

    def is_protected(self, scale_set: ScaleSetId) -> bool:
        """Is its name still to be typed before anything is written to it?"""
        return self._settings.is_protected(scale_set) and scale_set.key not in self._unlocked

    def unlock(self, scale_set: ScaleSetId) -> None:
        """Somebody typed its name: this session may write to it."""
        self._unlocked.add(scale_set.key)

    def obstacle(self, scale_set: ScaleSetId) -> str | None:
        """Why nothing may be written to this set from here now, protection apart."""
        if self.read_only:
            return "this session only looks (read-only)"
        if self.context.credential in ATTENDED:
            return (
                f"credential {self.context.credential} needs a person, and a write may take hours: "
                "sign in with one that works without (cli, managed, workload, environment, default)"
            )
        if live := self.live_run(scale_set):
            return f"a run is live on {scale_set.short} ({live}): attach to it, or abort it first"
        return None

    def save(self, scale_set: ScaleSet, wanted: Change) -> Saved:
        """As in `Cockpit`, unless something stands against it."""
        self._refuse(scale_set.id)
        return super().save(scale_set, wanted)

    def start(self, plan: Plan, *, assumed_yes: bool = False) -> str:
        """As in `Cockpit`, unless something stands against it."""
        self._refuse(plan.scale_set)
        return super().start(plan, assumed_yes=assumed_yes)

    def resume(self, name: str) -> None:
        """As in `Cockpit`, unless somebody else confirmed the run than who is signed in."""
        confirmed, now = self.store.find(name).charter.context, self.context
        named = confirmed.principal and now.principal and confirmed.endpoint == now.endpoint
        if named and confirmed.principal != now.principal:
            raise RunRefused(
                f"{name} was confirmed as {confirmed.principal}, and the sign-in is "
                f"{now.principal} now: sign in as before, or plan a new run"
            )
        super().resume(name)

    def _refuse(self, scale_set: ScaleSetId) -> None:
        if words := self.obstacle(scale_set):
            raise RunRefused(words)
        if self.is_protected(scale_set):
            raise RunRefused(
                f"{scale_set.short} is protected by the settings: the command line writes to it "
                "once its name was typed there"
            )
