"""`model` and `images`: edits, refusals, undo, and lists of images."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.bench import NEWEST
from tests.support.command_line import CommandLine, refusal
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator

WEB, WIN = "web-rg/web-vmss", "win-rg/win-vmss"


class Shell:
    """The program in front of one simulator."""

    def __init__(self, simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
        self.simulator = simulator
        self.call = CommandLine(capsys, "--endpoint", simulator.endpoint)

    def patches(self) -> list[int]:
        """Statuses of the model writes that arrived."""
        url = f"{self.simulator.endpoint}/_simulator/ledger"
        requests_received: list[dict[str, Any]] = requests.get(url, timeout=10).json()["requests"]
        return [request["status"] for request in requests_received if request["method"] == "PATCH"]

    def fault(self, path: str, action: dict[str, Any], **more: Any) -> None:
        """A fault on requests whose path matches."""
        url = f"{self.simulator.endpoint}/_simulator/faults"
        match = {"path": path, **more}
        requests.post(url, json={"match": match, "action": action}, timeout=10).raise_for_status()

    def version(self, name: str = WEB) -> str:
        """The present image version of the model."""
        code, out, _ = self.call("model", name, "--json")
        assert code == ExitCode.DONE
        version: str = json.loads(out)["image"]["version"]
        return version


@pytest.fixture
def web(capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A hundred web servers."""
    with Simulator("web-100") as simulator:
        yield Shell(simulator, capsys)


@pytest.fixture
def win(capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """Forty Windows servers from a gallery."""
    with Simulator("windows-gallery") as simulator:
        yield Shell(simulator, capsys)


INVALID_EDITS = [
    (("--image-version", "22.04.1"), ExitCode.USAGE, "is not offered in eastus"),
    (
        ("--image-version", "22.04.1", "--anyway"),
        ExitCode.ERROR,
        "this version does not exist in this region",
    ),
    (("--image-version", "not possible"), ExitCode.USAGE, "image version 'not possible'"),
    (("--image-id", "/subscriptions/x/images/y"), ExitCode.USAGE, "the image id must be"),
    (
        ("--image-id", "{managed}"),
        ExitCode.ERROR,
        "the security type of the scale set allows no managed image",
    ),
    (
        ("--image-id", "{gallery}"),
        ExitCode.ERROR,
        "the image does not exist, or is in another region",
    ),
    (("--image-id", "{managed}", "--image-version", "1"), ExitCode.USAGE, "in one form"),
    (("--image-uri", "http://a/b.vhd"), ExitCode.USAGE, "the image URI must be https"),
    (("--image-publisher", "Debian"), ExitCode.USAGE, "eastus has no image Debian"),
    (("--capacity", "-1"), ExitCode.USAGE, "--capacity"),
    (("--capacity", "many"), ExitCode.USAGE, "--capacity"),
    (("--capacity", "101"), ExitCode.ERROR, "out of range"),
    (("--vm-size", "big one"), ExitCode.USAGE, "vm size 'big one' is not possible"),
    (("--policy-mode", "Sometimes"), ExitCode.USAGE, "must be Manual, Automatic, Rolling"),
    (("--max-batch-instance-percent", "3"), ExitCode.USAGE, "must be 5 to 100, not '3'"),
    (("--repairs-grace-period", "5"), ExitCode.USAGE, "must be 10 to 90, not '5'"),
    (("--automatic-os-upgrade", "perhaps"), ExitCode.USAGE, "must be on or off"),
    (("--undo", "--capacity", "3"), ExitCode.USAGE, "--undo cannot be combined"),
]


@pytest.mark.parametrize(("edit", "code", "message"), INVALID_EDITS)
def test_a_bad_edit_is_one_sentence_and_changes_nothing(
    web: Shell, edit: tuple[str, ...], code: ExitCode, message: str
) -> None:
    subscription = web.simulator.subscription_id
    compute = f"/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.Compute"
    managed, gallery = f"{compute}/images/i", f"{compute}/galleries/g/images/i"
    arguments = [part.replace("{managed}", managed).replace("{gallery}", gallery) for part in edit]
    exit_code, out, err = web.call("model", WEB, *arguments, "--yes")
    assert (exit_code, out) == (code, "")
    last_line = err.strip().splitlines()[-1]
    assert message in last_line
    assert "Traceback" not in err
    assert web.version() == "22.04.202511010"
    if code is ExitCode.USAGE:
        assert web.patches() == []


def test_a_gallery_version_of_another_region_is_refused_by_azure(win: Shell) -> None:
    code, out, err = win.call("model", WIN, "--image-version", "2.6.0", "--anyway", "--yes")
    assert (code, out) == (ExitCode.ERROR, "")
    assert "is not available in eastus region" in err
    assert "In short: this version is not replicated to the scale set's region" in err


def test_the_last_edit_is_taken_back_and_then_the_one_before(web: Shell) -> None:
    web.call("model", WEB, "--image-version", "22.04.202512010", "--yes")
    web.call("model", WEB, "--image-version", NEWEST, "--vm-size", "Standard_D8s_v5", "--yes")
    code, _, err = web.call("model", WEB, "--undo", "--yes")
    assert code == ExitCode.DONE
    assert "Undoes the edit of" in err
    assert f"version: {NEWEST} → 22.04.202512010" in err
    assert "sku.name: Standard_D8s_v5 → Standard_D4s_v5" in err
    assert web.version() == "22.04.202512010"
    assert web.call("model", WEB, "--undo", "--yes")[0] == ExitCode.DONE
    assert web.version() == "22.04.202511010"
    message = refusal(*web.call("model", WEB, "--undo", "--yes"), ExitCode.ERROR)
    assert "no edit of web-rg/web-vmss from this machine can be undone" in message
    assert web.patches() == [200] * 4


def test_undo_skips_a_refused_edit_and_undoes_one_whose_response_was_lost(web: Shell) -> None:
    web.call("model", WEB, "--image-version", "22.04.1", "--yes")
    assert web.call("model", WEB, "--undo", "--yes")[0] == ExitCode.ERROR
    web.fault("web-vmss$", {"drop_after": True}, method="PATCH")
    assert web.call("model", WEB, "--image-version", NEWEST, "--yes")[0] == ExitCode.DONE
    assert web.call("model", WEB, "--undo", "--yes")[0] == ExitCode.DONE
    assert web.version() == "22.04.202511010"


def test_a_failed_edit_is_reported_after_waiting(web: Shell) -> None:
    edit = ("model", WEB, "--capacity", "90", "--yes", "--wait")
    body = {
        "status": "Failed",
        "error": {"code": "AllocationFailed", "message": "There is no capacity."},
    }
    web.fault("/operations/", {"status": 200, "body": body})
    code, out, err = web.call(*edit)
    assert (code, out) == (ExitCode.HALTED, "")
    assert "The edit failed in Azure (AllocationFailed): There is no capacity." in err
    assert "fewer at a time, another size or zone" in err


def test_a_successful_edit_is_reported_after_waiting(web: Shell) -> None:
    edit = ("model", WEB, "--image-version", NEWEST, "--yes", "--wait")
    body = {"status": "Succeeded"}
    web.fault("/operations/", {"status": 200, "body": body})
    code, _, err = web.call(*edit)
    assert code == ExitCode.DONE
    assert "Azure has applied the edit." in err


def test_settings_are_edited_and_shown(web: Shell) -> None:
    edit = ("--max-batch-instance-percent", "10", "--pause-time-between-batches", "120")
    code, _, err = web.call("model", WEB, *edit, "--yes")
    assert code == ExitCode.DONE
    assert "rollingUpgradePolicy.maxBatchInstancePercent: – → 10" in err
    code, out, _ = web.call("model", WEB)
    assert re.search(r"Pause time between batches \(s\) +120\n", out)
    settings = json.loads(web.call("model", WEB, "--json")[1])["settings"]
    assert settings["max_batch_instance_percent"] == "10"
    assert settings["max_surge"] is None


def test_yes_alone_does_not_agree_to_azure_acting_by_itself(web: Shell) -> None:
    for edit in (("--policy-mode", "Rolling"), ("--automatic-os-upgrade", "on")):
        code, _, err = web.call("model", WEB, *edit, "--yes")
        assert code == ExitCode.REFUSED
        assert "add --let-azure-act" in err
    assert web.patches() == []


def test_images_lists_versions_newest_first_and_marks_the_models(win: Shell) -> None:
    code, out, err = win.call("images", WIN)
    assert (code, err) == (ExitCode.DONE, "")
    assert "image  contoso/web-windows (gallery)  eastus  V2 x64" in out
    assert "model  2.4.0: 2 newer" in out
    rows = [line.split() for line in out.splitlines() if line[:1].isdigit()]
    assert [row[0] for row in rows] == ["3.0.0", "2.10.0", "2.6.0", "2.5.0", "2.4.0", "2.3.0"]
    assert rows[4][2:] == ["10", "the", "model"]
    assert "not replicated to eastus" in out


def test_images_as_json(win: Shell) -> None:
    code, out, _ = win.call("images", WIN, "--json")
    document = json.loads(out)
    assert code == ExitCode.DONE
    assert (document["newest"], document["model_version"], document["behind"]) == (
        "2.10.0",
        "2.4.0",
        2,
    )
    by_version = {entry["version"]: entry for entry in document["versions"]}
    assert by_version["2.6.0"]["in_region"] is False
    assert by_version["2.6.0"]["usable"] is False
    assert by_version["2.4.0"]["is_model"] is True
    assert by_version["2.4.0"]["instances"] == 10
    assert by_version["3.0.0"]["excluded_from_latest"] is True


def test_images_lists_other_images_publishers_skus_and_sizes(win: Shell) -> None:
    image_options = ("--image-publisher", "Canonical", "--image-offer", "ubuntu-24_04-lts")
    assert win.call("images", WIN, "--list", "skus", *image_options)[1] == "server\n"
    code, out, _ = win.call("images", WIN, *image_options, "--image-sku", "server", "--json")
    assert code == ExitCode.DONE
    assert json.loads(out)["newest"] == "24.04.202601090"
    assert json.loads(out)["model_version"] is None
    own = json.loads(win.call("images", WIN, "--list", "own", "--json")[1])
    assert [image["kind"] for image in own["items"]] == ["gallery"]
    assert "Standard_D8s_v5" in win.call("images", WIN, "--list", "sizes")[1].splitlines()
    assert "Canonical" in win.call("images", WIN, "--list", "publishers")[1].splitlines()
    message = refusal(*win.call("images", WIN, "--list", "offers"), ExitCode.USAGE)
    assert "name one with --image-publisher" in message


def test_a_managed_image_has_no_versions_and_a_message_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("custom-image") as simulator:
        code, out, err = Shell(simulator, capsys).call("images", "custom-rg/custom-vmss")
    assert code == ExitCode.DONE
    assert "web-2026-10 (managed image)" in out
    assert "A managed image has no versions: `--list own`" in err


def test_status_separates_stale_from_current_but_behind_latest(web: Shell) -> None:
    document = json.loads(web.call("status", WEB, "--json")[1])
    assert (document["latest"], document["behind_latest"]) == (None, None)
    assert {instance["behind_latest"] for instance in document["instances"]} == {None}
    web.call("model", WEB, "--image-version", "latest", "--yes")
    document = json.loads(web.call("status", WEB, "--json")[1])
    assert (document["latest"], document["behind_latest"]) == (NEWEST, 100)
    assert {instance["behind_latest"] for instance in document["instances"]} == {True}
    assert "run an older image than" in web.call("status", WEB)[1]
