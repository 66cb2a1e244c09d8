"""Decides whether this session may write to a scale set, and gives the reason where it may not.

A read-only session, a sign-in that needs a person, a protected scale set and a live run are checked
here before anything is sent. The dashboard and the command line show the same reasons.
"""

from collections.abc import Callable, Collection

from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext, Gateway
from vmss_tui.operations.plan import allows_operations, open_batch_obstacle
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.port import RunStore, StoredRun
from vmss_tui.upgrade.run.run import Phase, Run

INTERACTIVE_CREDENTIALS = frozenset({"device-code", "browser"})
"""Sign-ins that need a person; see `arm.transport.credentials` for all kinds."""


class Permission:
    """The permission of one session to write through one gateway."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        *,
        read_only: bool = False,
        settings_protect: Callable[[ScaleSetId], bool] = lambda _scale_set: False,
    ) -> None:
        """`settings_protect` is true for a scale set in the setting `protected`: its name must be
        typed before the first write."""
        self.read_only = read_only
        self._gateway, self._store = gateway, store
        self._settings_protect = settings_protect
        self._owners: dict[str, str] = {}
        self._unlocked: set[str] = set()
        self._shown: AzureContext | None = None
        """The principal that confirmations have shown; None before the first sign-in."""

    def record_owner(self, scale_set: ScaleSet) -> None:
        """Remembers the service that manages the scale set: such sets are protected, too."""
        self._owners[scale_set.id.key] = scale_set.owner or ""

    def is_protected(self, scale_set: ScaleSetId) -> bool:
        """Its name must still be typed before the first write."""
        return bool(self.protection_reason(scale_set)) and scale_set.key not in self._unlocked

    def protection_reason(self, scale_set: ScaleSetId) -> str:
        """Why its name must be typed, even if it was already; empty where it need not be."""
        if self._settings_protect(scale_set):
            return f"{scale_set.short} is protected by the settings"
        if owner := self._owners.get(scale_set.key):
            return f"{scale_set.short} is managed by {owner}"
        return ""

    def unlock(self, scale_set: ScaleSetId) -> None:
        """Allows writes for the rest of the session, after its name was typed."""
        self._unlocked.add(scale_set.key)

    def refusal_reason(
        self,
        scale_set: ScaleSetId,
        own_run: str = "",
        *,
        operation: bool = False,
        command_ids: Collection[str] = (),
    ) -> str | None:
        """Why the scale set must not be written to now, apart from protection; None where it may.

        `own_run` is the run that is to write: it may be live. An `operation` on instances is
        allowed during a paused run. A run command on `command_ids`, which takes no instance down,
        is allowed during any run where none of them is in its open batch.
        """
        if self.read_only:
            return "this session is read-only"
        context = self._gateway.context
        if self._shown is None and context.principal:
            self._shown = context
        credential = context.credential
        if credential in INTERACTIVE_CREDENTIALS:
            return (
                f"credential {credential} is interactive, and a write may take hours: "
                "use a credential that is not (cli, managed, workload, environment, default)"
            )
        live_run = self._store.live_run(scale_set)
        if live_run is not None and live_run.name != own_run:
            if command_ids:
                return _blocking_batch_reason(live_run, command_ids)
            if operation:
                return _blocking_run_reason(live_run)
            return f"a run is live on {_live_text(live_run)}: attach to it, or abort it"
        return None

    def check(
        self,
        scale_set: ScaleSetId,
        own_run: str = "",
        *,
        operation: bool = False,
        command_ids: Collection[str] = (),
    ) -> None:
        """Raises `RunRefused` with the reason, if any, or with the protection."""
        reason = self.refusal_reason(
            scale_set, own_run, operation=operation, command_ids=command_ids
        )
        if reason:
            raise RunRefused(reason)
        if self.is_protected(scale_set):
            raise RunRefused(f"{self.protection_reason(scale_set)}: type its name first")

    def prepare_write(
        self,
        scale_set: ScaleSetId,
        *,
        operation: bool = False,
        command_ids: Collection[str] = (),
    ) -> AzureContext:
        """Signs in for the writes of this thread, then checks as `check` does; returns the context
        with the principal of those writes.

        Comes before the readings that a write is decided on. Raises `RunRefused` also where another
        principal signs in than confirmations have shown, or a `GatewayError`.
        """
        self.check(scale_set, operation=operation, command_ids=command_ids)
        context, shown = self._gateway.prepare_write(), self._shown
        if shown is not None and is_other_principal(shown, context, is_signed_in=True):
            self._shown = context  # the next confirmation shows it
            raise RunRefused(
                f"nothing was sent: it was confirmed as {shown.principal}, and the sign-in is "
                f"{context.principal or 'not known'} now: confirm again, or sign in as before"
            )
        self.check(scale_set, operation=operation, command_ids=command_ids)
        return context

    def check_principal(
        self, name: str, confirmed: AzureContext, choice: str = "plan a new run"
    ) -> None:
        """Raises `RunRefused` where another principal has confirmed the run or campaign; `choice`
        is what else the operator can do."""
        current = self._gateway.context
        if is_other_principal(confirmed, current):
            raise RunRefused(
                f"{name} was confirmed as {confirmed.principal}, and the sign-in is "
                f"{current.principal} now: sign in as before, or {choice}"
            )


def _blocking_run_reason(live_run: StoredRun) -> str | None:
    """Why a live run prevents an operation; None where it is paused and has nothing open."""
    run, _ = live_run.read_run()
    run_text = _live_text(live_run)
    if allows_operations(run):
        return None
    if run.phase not in (Phase.PAUSED, Phase.FAULTED):
        return f"a run is live on {run_text}: pause it first"
    return (
        f"a run is live on {run_text}, and its batch is still in progress: wait until it is "
        "complete"
    )


def _blocking_batch_reason(live_run: StoredRun, instance_ids: Collection[str]) -> str | None:
    """Why a live run prevents a run command: it upgrades some of these instances just now."""
    run, _ = live_run.read_run()
    obstacle = open_batch_obstacle(run, instance_ids)
    return f"a run is live on {_live_text(live_run)}, and {obstacle}" if obstacle else None


def _live_text(live_run: StoredRun) -> str:
    """The scale set, its live run, and who carries it out, where and since when."""
    owner = live_run.lock_owner()
    name = live_run.name
    if owner is not None and owner.run == name:
        name += f", {owner.place}, since {owner.since}"
    return f"{live_run.manifest.plan.scale_set.short} ({name})"


def is_other_principal(
    confirmed: AzureContext, current: AzureContext, *, is_signed_in: bool = False
) -> bool:
    """Another principal is signed in than confirmed.

    False where the confirmed one is unknown, or the current one before the first sign-in.
    """
    is_known = is_signed_in or bool(current.principal)
    comparable = confirmed.principal and is_known and confirmed.endpoint == current.endpoint
    return bool(comparable) and confirmed.principal != current.principal


def require_manual_policy(scale_set: ScaleSet) -> None:
    """Raises `RunRefused` for other policy modes: with those Azure itself upgrades instances on
    every write of the model, so a run is not possible."""
    if scale_set.policy_mode is PolicyMode.MANUAL:
        return
    if scale_set.image is None and not (scale_set.vm_size and scale_set.has_profile):
        raise RunRefused(
            f"{scale_set.id.short} has no model (an empty Flexible set): there is nothing that "
            "its instances could be upgraded to"
        )
    if scale_set.policy_mode is PolicyMode.UNKNOWN:
        raise RunRefused(
            f"the upgrade policy of {scale_set.id.short} is unknown: Azure may "
            "upgrade its instances by itself; only Manual scale sets can be upgraded by a run"
        )
    raise RunRefused(
        f"{scale_set.id.short} has upgrade policy {scale_set.policy_mode}: Azure itself "
        "upgrades its instances when the model is written; only Manual sets can be upgraded by a "
        "run (`vmss-tui model … --policy-mode Manual` makes it one)"
    )


def require_unfinished(folder: StoredRun, run: Run, advice: str) -> None:
    """Raises `RunRefused` for a run that can be retried or reverted, but not continued."""
    if run.phase.is_over:
        raise RunRefused(f"{folder.name} has ended ({run.phase.label}): {advice}")


def require_continuable(folder: StoredRun, damage: str) -> None:
    """Raises `RunRefused` for a damaged journal, and for a run that was never begun."""
    if damage:
        raise RunRefused(f"{folder.name} is read-only: {damage}")
    if not folder.has_begun and not folder.is_live:
        raise RunRefused(
            f"{folder.name} has not started (its start was refused or interrupted): plan a new run"
        )
