"""What each command of the README's table "coming from …" must do, by its text."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.parity_world import ALL_INSTANCES, DOMAIN_1, MODELS, NEWEST, PROFILE, ParityWorld

Check = Callable[[ParityWorld], None]


def prints(*texts: str) -> Check:
    """The command prints these texts and writes nothing."""

    def check(world: ParityWorld) -> None:
        for text in texts:
            assert text in world.out, text
        assert world.writes() == []

    return check


def sends_one_request(kind: str, ids: set[str], power: str = "") -> Check:
    """One request with these ids, and one effect for each."""

    def check(world: ParityWorld) -> None:
        assert world.writes() == [f"POST {kind}"]
        assert sorted(world.effects(kind)) == sorted(ids)
        if power:
            assert world.power_states(ids) == {f"PowerState/{power}"}

    return check


def upgrades(chosen: set[str], *, version: str = MODELS, edited: bool = False) -> Check:
    """A run upgraded these once: all of them after a model edit, else the outdated ones."""

    def check(world: ParityWorld) -> None:
        ids = chosen if edited else chosen & world.outdated_ids
        assert ids
        assert sorted(world.effects("upgrade")) == sorted(ids)
        writes = world.writes()
        assert set(writes) == {"POST manualupgrade"} | ({_patch(world)} if edited else set())
        if edited:
            assert writes[0] == _patch(world), "the model comes first"
        for instance in world.scale_sets[0]["instances"]:
            if instance["instanceId"] in ids:
                image = instance["properties"]["storageProfile"]["imageReference"]
                assert version in (image.get("exactVersion"), image.get("version"),
                                   str(image.get("id")).rpartition("/")[2])  # fmt: skip

    return check


def edits_model(path: str, value: Any, *, moved: int = 0) -> Check:
    """One PATCH, after which the model has the value; no request for an instance."""

    def check(world: ParityWorld) -> None:
        assert world.writes() == [_patch(world)]
        assert world.model_value(path) == value
        assert world.effects("upgrade") == [], "Manual: nothing until it is upgraded"

    return check


def _patch(world: ParityWorld) -> str:
    return f"PATCH {world.scale_sets[0]['scale_set'].rpartition('/')[2]}"


def starts_rolling_upgrade(world: ParityWorld) -> None:
    """Azure upgraded the outdated instances after one request."""
    assert world.writes() in (["POST osRollingUpgrade"], ["POST extensionRollingUpgrade"])
    assert len(world.effects("upgrade")) == len(set(world.effects("upgrade"))) == 80


def cancels_rolling_upgrade(world: ParityWorld) -> None:
    """No further upgrade begins."""
    assert world.writes() == ["POST cancel"]
    upgraded = len(world.effects("upgrade"))
    world.control("clock", {"advance": 7200})
    assert len(world.effects("upgrade")) == upgraded


def sets_repairs(state: str) -> Check:
    """The repairs service has the new state."""

    def check(world: ParityWorld) -> None:
        assert world.writes() == ["POST setOrchestrationServiceState"]
        world.run("vmss-tui repairs web-rg/web-vmss show")
        assert state in world.out

    return check


def protects(*, on: bool) -> Check:
    """One PUT, after which the instance has the protection."""

    def check(world: ParityWorld) -> None:
        assert world.writes() == ["PUT 42"]
        (instance,) = [
            instance
            for instance in world.scale_sets[0]["instances"]
            if instance["instanceId"] == "42"
        ]
        policy = instance["properties"].get("protectionPolicy") or {}
        assert bool(policy.get("protectFromScaleIn")) is on

    return check


def deletes(world: ParityWorld) -> None:
    """The instance is deleted, and the capacity is one lower."""
    assert world.writes() == ["POST delete"]
    assert world.effects("delete") == ["42"]
    assert "42" not in {instance["instanceId"] for instance in world.scale_sets[0]["instances"]}
    assert world.model_value("sku.capacity") == 99


WEB = "web-rg/web-vmss"
IMAGE = (
    "/subscriptions/fcbc9a01-02b3-4b44-a50f-d030d3890603/resourceGroups/images-rg/providers/"
    "Microsoft.Compute/images/web-2026-11"
)
BLOB = "https://contosoimages.blob.core.windows.net/system/web-8-osDisk.vhd"
ONE = {"42"}


def _power(verb: str, chosen: str) -> str:
    return f"vmss-tui power {WEB} {verb} {chosen} --yes"


def _reads() -> dict[str, Check]:
    return {
        "vmss-tui list": prints("web-rg/web-vmss", "100", "80"),
        f"vmss-tui model {WEB}": prints(
            *("eastus", "Standard_D4s_v5", MODELS, "Overprovision", "Upgrade policy", "Admin user",
              "Name prefix", "/resourceGroups/web-rg/")
        ),
        f"vmss-tui status {WEB}": prints("UD 4    20   4 latest", "20 latest model · 80 outdated"),
        f"vmss-tui status {WEB} --json": prints('"instance_count":100', '"power":"running"'),
        "vmss-tui status big-rg/big-vmss": prints("placement group 10", "200 latest model · 800"),
        "vmss-tui status zone-rg/zone-vmss": prints("zone 3", "18 latest model · 72 outdated"),
        f"vmss-tui images {WEB}": prints(NEWEST, "the model"),
        f"vmss-tui images {WEB} --list sizes": prints("Standard_D8s_v5"),
        f"vmss-tui rolling {WEB} status": prints(" pending, 0 failed", "last action  Start"),
        f"vmss-tui rolling {WEB} history": prints("User", MODELS),
    }  # fmt: skip


def _edits() -> dict[str, Check]:
    model = f"vmss-tui model {WEB}"
    return {
        "vmss-tui model zone-rg/zone-vmss --capacity 95 --yes": scales(5),
        f"{model} --capacity 95 --yes": scales(-5),
        f"{model} --image-version {NEWEST} --yes": edits_model(
            f"{PROFILE}.imageReference.version", NEWEST
        ),
        f"{model} --image-offer ubuntu-24_04-lts --image-sku server --image-version latest --yes": (
            edits_model(f"{PROFILE}.imageReference.offer", "ubuntu-24_04-lts")
        ),
        f"vmss-tui model custom-rg/custom-vmss --image-id {IMAGE} --yes": edits_model(
            f"{PROFILE}.imageReference.id", IMAGE
        ),
        f"vmss-tui model legacy-rg/legacy-vmss --image-uri {BLOB} --yes": edits_model(
            f"{PROFILE}.osDisk.image.uri", BLOB
        ),
        f"{model} --vm-size Standard_D8s_v5 --yes": edits_model("sku.name", "Standard_D8s_v5"),
        f"{model} --undo --yes": edits_model("sku.name", "Standard_D4s_v5"),
        f"{model} --policy-mode Rolling --yes --let-azure-act": switches_to_rolling,
        f"{model} --automatic-repairs on --yes --let-azure-act": edits_model(
            "properties.automaticRepairsPolicy.enabled", True
        ),
    }


def scales(step: int) -> Check:
    """One PATCH of the capacity; only instances that were added or removed are changed."""

    def check(world: ParityWorld) -> None:
        assert world.writes() == [_patch(world)]
        world.control("clock", {"advance": 600})
        ids = {instance["instanceId"] for instance in world.scale_sets[0]["instances"]}
        assert len(ids) == world.model_value("sku.capacity") == len(world.instance_ids) + step
        unchanged = ids & world.instance_ids
        assert len(unchanged) == min(len(ids), len(world.instance_ids))
        assert world.effects("upgrade") == []

    return check


def switches_to_rolling(world: ParityWorld) -> None:
    """Azure begins its own rolling upgrade of the outdated instances, as announced."""
    assert world.writes() == [_patch(world)]
    assert world.model_value("properties.upgradePolicy.mode") == "Rolling"
    assert "Azure starts its own rolling upgrade at once, over every outdated instance" in world.err
    world.control("clock", {"advance": 120})
    assert 0 < len(world.effects("upgrade")) <= 80


def _powers() -> dict[str, Check]:
    checks: dict[str, Check] = {}
    power_states = {"start": "running", "restart": "running", "power-off": "stopped",
            "deallocate": "deallocated"}  # fmt: skip
    kinds = {"power-off": "poweroff", "reimage-all": "reimageall"}
    for chosen, ids, verbs in (
        ("--all", ALL_INSTANCES, ("start", "restart", "power-off", "deallocate")),
        ("--fault-domain 1", DOMAIN_1, ("start", "power-off", "reimage")),
        ("--instance 42", ONE, ("start", "restart", "power-off", "deallocate", "reimage",
                                "reimage-all", "redeploy")),
    ):  # fmt: skip
        for verb in verbs:
            check = sends_one_request(kinds.get(verb, verb), ids, power_states.get(verb, ""))
            checks[_power(verb, chosen)] = check
    checks[_power("delete", "--instance 42")] = deletes
    checks[_power("protect", "--instance 42")] = protects(on=True)
    checks[_power("unprotect", "--instance 42")] = protects(on=False)
    return checks


def _runs() -> dict[str, Check]:
    run, new = f"vmss-tui run {WEB}", f"--image-version {NEWEST}"
    return {
        f"{run} --fault-domain 1 --yes": upgrades(DOMAIN_1),
        f"{run} --instance 42 --yes": upgrades(ONE),
        f"{run} {new} --domain 1 --yes": upgrades(DOMAIN_1, version=NEWEST, edited=True),
        f"{run} {new} --instance 42 --yes": upgrades(ONE, version=NEWEST, edited=True),
        f"{run} {new} --instance 7 --instance 42 --detach --yes": detaches,
        f"vmss-tui run custom-rg/custom-vmss --image-id {IMAGE} --domain 1 --yes": upgrades(
            {str(n) for n in range(1, 40, 5)}, version="web-2026-11", edited=True
        ),
        f"{run} --instance 42 --yes --json": prints_events,
        f"{run} --max-batch 10 --pause-between 5 --yes": upgrades_in_tens,
        f"vmss-tui rolling {WEB} start --wait --yes": starts_rolling_upgrade,
        f"vmss-tui rolling {WEB} start --extensions --wait --yes": starts_rolling_upgrade,
        f"vmss-tui rolling {WEB} cancel --yes": cancels_rolling_upgrade,
        f"vmss-tui repairs {WEB} suspend --yes": sets_repairs("Suspended"),
        f"vmss-tui repairs {WEB} resume --yes": sets_repairs("Running"),
    }


def detaches(world: ParityWorld) -> None:
    """The command returns at once with the name of the run, and the run continues."""
    name = world.out.strip()
    assert world.run(f"vmss-tui attach {name}") == 0
    upgrades({"7", "42"}, version=NEWEST, edited=True)(world)


def prints_events(world: ParityWorld) -> None:
    """One line of JSON for each event."""
    lines = [json.loads(line) for line in world.out.splitlines()]
    assert lines[0]["body"]["event"] == "plan_confirmed"
    assert lines[-1]["body"]["event"] == "completed"
    upgrades(ONE)(world)


def upgrades_in_tens(world: ParityWorld) -> None:
    """Batches of ten at most, each in one update domain."""
    upgrades(ALL_INSTANCES)(world)
    assert "5 s between batches" in world.err
    effects = world.control("ledger")["effects"][world.effects_before :]
    batches: dict[str, set[str]] = {}
    for effect in effects:
        batches.setdefault(effect["operation"], set()).add(effect["instance_id"])
    assert world.writes().count("POST manualupgrade") == len(batches) == 10
    for ids in batches.values():
        assert len(ids) <= 10
        assert len({int(instance_id) % 5 for instance_id in ids}) == 1


CHECKS = _reads() | _edits() | _powers() | _runs()
BEFORE: dict[str, tuple[str, ...]] = {
    _power("start", "--all"): (_power("power-off", "--all"),),
    _power("start", "--fault-domain 1"): (_power("power-off", "--fault-domain 1"),),
    _power("start", "--instance 42"): (_power("power-off", "--instance 42"),),
    _power("unprotect", "--instance 42"): (_power("protect", "--instance 42"),),
    f"vmss-tui model {WEB} --undo --yes": (
        f"vmss-tui model {WEB} --vm-size Standard_D8s_v5 --yes",
    ),
    f"vmss-tui rolling {WEB} cancel --yes": (f"vmss-tui rolling {WEB} start --yes",),
    f"vmss-tui rolling {WEB} status": (f"vmss-tui rolling {WEB} start --yes",),
    f"vmss-tui rolling {WEB} history": (f"vmss-tui rolling {WEB} start --yes",),
    f"vmss-tui repairs {WEB} suspend --yes": (
        f"vmss-tui model {WEB} --automatic-repairs on --yes --let-azure-act",
    ),
    f"vmss-tui repairs {WEB} resume --yes": (
        f"vmss-tui model {WEB} --automatic-repairs on --yes --let-azure-act",
        f"vmss-tui repairs {WEB} suspend --yes",
    ),
}
"""Commands that are run before a command, so that it has something to do."""
