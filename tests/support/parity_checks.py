"""What each command of the README's table "coming from …" must do, by its text."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.parity_world import DOMAIN_1, EVERYONE, MODELS, NEWEST, PROFILE, World
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")
Check = Callable[[World], None]


def said(*words: str) -> Check:
    """It looks: says so much, and writes nothing."""

    def check(world: World) -> None:
        for each in words:
            assert each in world.out, each
        assert world.writes() == []

    return check


def one_request(kind: str, ids: set[str], power: str = "") -> Check:
    """One request with these ids, each of which it truly happened to, once."""

    def check(world: World) -> None:
        assert world.writes() == [f"POST {kind}"]
        assert sorted(world.did(kind)) == sorted(ids)
        if power:
            assert world.powers(ids) == {f"PowerState/{power}"}

    return check


def upgraded(chosen: set[str], *, version: str = MODELS, edited: bool = False) -> Check:
    """A run upgraded exactly these, each once: all after the model was edited, else the stale."""

    def check(world: World) -> None:
        ids = chosen if edited else chosen & world.stale
        assert ids
        assert sorted(world.did("upgrade")) == sorted(ids)
        writes = world.writes()
        assert set(writes) == {"POST manualupgrade"} | ({_patch(world)} if edited else set())
        if edited:
            assert writes[0] == _patch(world), "the model comes first"
        for each in world.sets[0]["instances"]:
            if each["instanceId"] in ids:
                image = each["properties"]["storageProfile"]["imageReference"]
                assert version in (image.get("exactVersion"), image.get("version"),
                                   str(image.get("id")).rpartition("/")[2])  # fmt: skip

    return check


def edited(path: str, value: Any, *, moved: int = 0) -> Check:
    """One PATCH, after which the model says so; no instance was asked for anything."""

    def check(world: World) -> None:
        assert world.writes() == [_patch(world)]
        assert world.at(path) == value
        assert world.did("upgrade") == [], "Manual: nothing until it is upgraded"

    return check


def _patch(world: World) -> str:
    return f"PATCH {world.sets[0]['scale_set'].rpartition('/')[2]}"


def rolled(world: World) -> None:
    """Azure itself upgraded what was stale, after one request."""
    assert world.writes() in (["POST osRollingUpgrade"], ["POST extensionRollingUpgrade"])
    assert len(world.did("upgrade")) == len(set(world.did("upgrade"))) == 80


def cancelled(world: World) -> None:
    """Nothing more begins."""
    assert world.writes() == ["POST cancel"]
    begun = len(world.did("upgrade"))
    world.control("clock", {"advance": 7200})
    assert len(world.did("upgrade")) == begun


def repairs(state: str) -> Check:
    """The service does what it was told."""

    def check(world: World) -> None:
        assert world.writes() == ["POST setOrchestrationServiceState"]
        world.run("vmss-tui repairs web-rg/web-vmss show")
        assert state in world.out

    return check


def protected(*, on: bool) -> Check:
    """One PUT; the world has it so."""

    def check(world: World) -> None:
        assert world.writes() == ["PUT 42"]
        (found,) = [each for each in world.sets[0]["instances"] if each["instanceId"] == "42"]
        policy = found["properties"].get("protectionPolicy") or {}
        assert bool(policy.get("protectFromScaleIn")) is on

    return check


def fewer(world: World) -> None:
    """It is gone, and the capacity went with it."""
    assert world.writes() == ["POST delete"]
    assert world.did("delete") == ["42"]
    assert "42" not in {each["instanceId"] for each in world.sets[0]["instances"]}
    assert world.at("sku.capacity") == 99


def rows() -> list[tuple[str, str, str, str]]:
    """(what, there, keys, command) of the README's table."""
    inside = README.split("<!-- parity -->")[1].split("<!-- /parity -->")[0]
    lines = [line for line in inside.strip().splitlines() if line.startswith("| ")][1:]
    found = []
    for line in lines:
        what, there, keys, command = (part.strip() for part in line.strip("|").split(" | "))
        found.append((what, there, keys, command.strip("`").strip()))
    return found


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
        "vmss-tui list": said("WEB-RG/web-vmss", "100", "80"),
        f"vmss-tui model {WEB}": said(
            *("eastus", "Standard_D4s_v5", MODELS, "overprovision", "upgrade policy", "admin user",
              "name prefix", "/resourceGroups/web-rg/")
        ),
        f"vmss-tui status {WEB}": said("UD 4     4/20   current", "stale 80 · current 20"),
        f"vmss-tui status {WEB} --json": said('"instance_count":100', '"power":"running"'),
        "vmss-tui status big-rg/big-vmss": said("placement group 10", "stale 800 · current 200"),
        "vmss-tui status zone-rg/zone-vmss": said("zone 3", "stale 72 · current 18"),
        f"vmss-tui images {WEB}": said(NEWEST, "the model"),
        f"vmss-tui images {WEB} --list sizes": said("Standard_D8s_v5"),
        f"vmss-tui rolling {WEB} status": said(" to come, 0 failed", "last asked  Start"),
        f"vmss-tui rolling {WEB} history": said("User", MODELS),
    }  # fmt: skip


def _edits() -> dict[str, Check]:
    model = f"vmss-tui model {WEB}"
    return {
        "vmss-tui model zone-rg/zone-vmss --capacity 95 --yes": scaled(5),
        f"{model} --capacity 95 --yes": scaled(-5),
        f"{model} --image-version {NEWEST} --yes": edited(
            f"{PROFILE}.imageReference.version", NEWEST
        ),
        f"{model} --image-offer ubuntu-24_04-lts --image-sku server --image-version latest --yes": (
            edited(f"{PROFILE}.imageReference.offer", "ubuntu-24_04-lts")
        ),
        f"vmss-tui model custom-rg/custom-vmss --image-id {IMAGE} --yes": edited(
            f"{PROFILE}.imageReference.id", IMAGE
        ),
        f"vmss-tui model legacy-rg/legacy-vmss --image-uri {BLOB} --yes": edited(
            f"{PROFILE}.osDisk.image.uri", BLOB
        ),
        f"{model} --vm-size Standard_D8s_v5 --yes": edited("sku.name", "Standard_D8s_v5"),
        f"{model} --undo --yes": edited("sku.name", "Standard_D4s_v5"),
        f"{model} --policy-mode Rolling --yes --let-azure-act": set_off,
        f"{model} --automatic-repairs on --yes --let-azure-act": edited(
            "properties.automaticRepairsPolicy.enabled", True
        ),
    }


def scaled(step: int) -> Check:
    """One PATCH of the capacity; so many instances came or went, and no other was touched."""

    def check(world: World) -> None:
        assert world.writes() == [_patch(world)]
        world.control("clock", {"advance": 600})
        members = {each["instanceId"] for each in world.sets[0]["instances"]}
        assert len(members) == world.at("sku.capacity") == len(world.members) + step
        kept = members & world.members
        assert len(kept) == min(len(members), len(world.members))
        assert world.did("upgrade") == []

    return check


def set_off(world: World) -> None:
    """Azure begins its own rolling upgrade over what is stale, as was said."""
    assert world.writes() == [_patch(world)]
    assert world.at("properties.upgradePolicy.mode") == "Rolling"
    assert "Azure starts its own rolling upgrade at once, over every stale instance" in world.err
    world.control("clock", {"advance": 120})
    assert 0 < len(world.did("upgrade")) <= 80


def _powers() -> dict[str, Check]:
    found: dict[str, Check] = {}
    ends = {"start": "running", "restart": "running", "power-off": "stopped",
            "deallocate": "deallocated"}  # fmt: skip
    kinds = {"power-off": "poweroff", "reimage-all": "reimageall"}
    for chosen, ids, verbs in (
        ("--all", EVERYONE, ("start", "restart", "power-off", "deallocate")),
        ("--fault-domain 1", DOMAIN_1, ("start", "power-off", "reimage")),
        ("--instance 42", ONE, ("start", "restart", "power-off", "deallocate", "reimage",
                                "reimage-all", "redeploy")),
    ):  # fmt: skip
        for verb in verbs:
            check = one_request(kinds.get(verb, verb), ids, ends.get(verb, ""))
            found[_power(verb, chosen)] = check
    found[_power("delete", "--instance 42")] = fewer
    found[_power("protect", "--instance 42")] = protected(on=True)
    found[_power("unprotect", "--instance 42")] = protected(on=False)
    return found


def _runs() -> dict[str, Check]:
    run, new = f"vmss-tui run {WEB}", f"--image-version {NEWEST}"
    return {
        f"{run} --fault-domain 1 --yes": upgraded(DOMAIN_1),
        f"{run} --instance 42 --yes": upgraded(ONE),
        f"{run} {new} --domain 1 --yes": upgraded(DOMAIN_1, version=NEWEST, edited=True),
        f"{run} {new} --instance 42 --yes": upgraded(ONE, version=NEWEST, edited=True),
        f"{run} {new} --instance 7 --instance 42 --detach --yes": detached,
        f"vmss-tui run custom-rg/custom-vmss --image-id {IMAGE} --domain 1 --yes": upgraded(
            {str(n) for n in range(1, 40, 5)}, version="web-2026-11", edited=True
        ),
        f"{run} --instance 42 --yes --json": told_as_json,
        f"{run} --max-batch 10 --pause-between 5 --yes": in_tens,
        f"vmss-tui rolling {WEB} start --wait --yes": rolled,
        f"vmss-tui rolling {WEB} start --extensions --wait --yes": rolled,
        f"vmss-tui rolling {WEB} cancel --yes": cancelled,
        f"vmss-tui repairs {WEB} suspend --yes": repairs("Suspended"),
        f"vmss-tui repairs {WEB} resume --yes": repairs("Running"),
    }


def detached(world: World) -> None:
    """It returns at once with the run's name, and the run goes on by itself."""
    name = world.out.strip()
    assert world.run(f"vmss-tui attach {name}") == 0
    upgraded({"7", "42"}, version=NEWEST, edited=True)(world)


def told_as_json(world: World) -> None:
    """Every event is a line."""
    lines = [json.loads(line) for line in world.out.splitlines()]
    assert lines[0]["body"]["event"] == "plan_confirmed"
    assert lines[-1]["body"]["event"] == "completed"
    upgraded(ONE)(world)


def in_tens(world: World) -> None:
    """Batches of ten at most, each in one update domain."""
    upgraded(EVERYONE)(world)
    assert "5 s between batches" in world.err
    effects = world.control("ledger")["effects"][world.effects_before :]
    batches: dict[str, set[str]] = {}
    for each in effects:
        batches.setdefault(each["operation"], set()).add(each["instance_id"])
    assert world.writes().count("POST manualupgrade") == len(batches) == 10
    for ids in batches.values():
        assert len(ids) <= 10
        assert len({int(each) % 5 for each in ids}) == 1


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
"""What has to have happened before a command has anything to do."""
