"""Limits that the settings set on a session: what is refused, and in which words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.run_folders import add_run
from vmss_tui.config import Settings
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade.plan.plan import Batch, Plan

WEB = scale_set_id("00000000-0000-0000-0000-000000000001", "web-rg", "web-vmss")
HERE = AzureContext(endpoint="https://management.azure.com", principal="anna@contoso.example")
PLAN = Plan(
    subscription_id=WEB.subscription_id,
    resource_group=WEB.resource_group,
    name=WEB.name,
    batches=(Batch("UD 0", ("0",)),),
    model_digest="x",
    running_at_start=1,
    made_at=datetime(2026, 1, 1, tzinfo=UTC),
)
NO_CHANGE = Change({}, (), "", (), touches_model=False)


class Speaks:
    """A gateway of which only the context is asked."""

    catalogue = None

    def __init__(self, context: AzureContext) -> None:
        self.context = context

    def prepare_write(self) -> AzureContext:
        """Signs in as before."""
        return self.context

    def list_subscriptions(self) -> tuple[()]:
        """Never asked here."""
        raise AssertionError("nobody asks for subscriptions")


class Bench:
    """Services whose workers never start, and what it would have launched."""

    def __init__(self, folder: Path, context: AzureContext = HERE, **more: Any) -> None:
        self.launched: list[StoredRun] = []
        self.store = FolderStore(folder)
        gateway: Any = Speaks(context)
        read_only = more.pop("read_only", False)
        self.services = Services(
            gateway,
            self.store,
            BootClock(),
            read_only=read_only,
            launch=self.launched.append,
            settings_protect=Settings(**more).is_protected,
        )

    def refusals(self) -> set[str]:
        """What is said to starting a run and to saving a model."""
        reasons = set()
        for attempt in (
            lambda: self.services.run_control.start(PLAN),
            lambda: self.services.model_writer.save(ScaleSet(WEB), NO_CHANGE),
        ):
            with pytest.raises(RunRefused) as error_info:
                attempt()
            reasons.add(str(error_info.value))
        assert not self.launched
        assert not self.store.all()
        return reasons


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_an_open_set_is_started(state: Path) -> None:
    bench = Bench(state)
    assert bench.services.run_control.start(PLAN) == bench.launched[0].name


def test_read_only_refuses(state: Path) -> None:
    (reasons,) = Bench(state, read_only=True).refusals()
    assert reasons == "this session is read-only"


@pytest.mark.parametrize("kind", ["device-code", "browser"])
def test_a_sign_in_that_needs_a_person_only_looks(state: Path, kind: str) -> None:
    (reasons,) = Bench(state, replace(HERE, credential=kind)).refusals()
    assert reasons.startswith(f"credential {kind} is interactive, and a write may take hours: use")


def test_a_protected_set_is_refused_until_it_is_unlocked(state: Path) -> None:
    bench = Bench(state, protected=("web-*/*",))
    (reasons,) = bench.refusals()
    assert reasons.startswith("web-rg/web-vmss is protected by the settings")
    bench.services.permission.unlock(WEB)
    assert bench.services.run_control.start(PLAN)


def test_a_run_is_not_resumed_by_somebody_else(state: Path) -> None:
    name = add_run(FolderStore(state), context=HERE).name
    other = Bench(state, replace(HERE, principal="eve@contoso.example"))
    with pytest.raises(RunRefused, match=r"confirmed as anna@.*, and the sign-in is eve@"):
        other.services.run_control.resume(name)
    assert not other.launched
    again = Bench(state)
    again.services.run_control.resume(name)
    assert [folder.name for folder in again.launched] == [name]
