"""What a halt says about a model that others have changed: values, the time, and a way back."""

from typing import Any

from msgspec import structs

from tests.support.engine_runs import halted_run
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.halt import check_model_drift
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.plan.model_drift import describe_changes, model_parts, restore_command
from vmss_tui.upgrade.run.run import Stage

SET = ScaleSetId("00000000-0000-0000-0000-000000000001", "web-rg", "web-vmss")


def model(**os_profile: str) -> dict[str, Any]:
    """A scale set with this osProfile."""
    profile = {"osProfile": os_profile, "priority": "Regular"}
    return {"properties": {"virtualMachineProfile": profile}, "sku": {"name": "Standard_D4s_v5"}}


def test_harmless_values_are_shown_with_the_command_that_restores_them_and_secrets_never() -> None:
    before = model_parts(model(adminUsername="azureuser", customData="c2VjcmV0"))
    now = model(adminUsername="it's me", customData="c2VjcmV0")
    assert describe_changes(before, now, {}) == "osProfile.adminUsername: azureuser → it's me"
    assert restore_command(before, now, SET) == (
        "az vmss update -g web-rg -n web-vmss --set "
        "virtualMachineProfile.osProfile.adminUsername=azureuser"
    )
    secret = model(adminUsername="azureuser", customData="b3RoZXI=", adminPassword="hunter2")
    assert describe_changes(before, secret, {}) == "osProfile.adminPassword; osProfile.customData"
    assert restore_command(before, secret, SET) == ""
    assert restore_command({}, now, SET) == ""


def test_a_value_that_an_earlier_version_kept_as_a_hash_is_no_change_by_itself() -> None:
    user = "profile.osProfile.adminUsername"
    now = model_parts(model(adminUsername="azureuser"))
    hashed = model_parts(model(customData="azureuser"))["profile.osProfile.customData"]
    before = now | {user: hashed}
    assert describe_changes(before, model(adminUsername="azureuser"), {}) == ""
    changed = describe_changes(before, model(adminUsername="other"), {})
    assert changed == "osProfile.adminUsername"


def test_a_halt_names_the_time_and_what_is_in_flight() -> None:
    harness = halted_run(edit_to="1.0.9")
    in_flight = structs.replace(harness.run.members["0"], stage=Stage.REQUESTED)
    members = {**harness.run.members, "0": in_flight}
    run = structs.replace(harness.run, members=members, pinned_digest="another")
    snapshot = harness.world.snapshot()
    halt = check_model_drift(run, Reading(snapshot, run.seq, run.t))
    assert isinstance(halt, ev.Halted)
    assert f"seen at {snapshot.taken_at:%H:%M:%S} UTC" in halt.message
    assert halt.message.endswith("; 1 instance is in flight, and Azure continues it")
