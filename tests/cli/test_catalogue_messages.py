"""What the command line says about images and sizes that the catalogue does not offer."""

import json

import pytest

from tests.support.bench import Bench, BenchFactory
from tests.support.command_line import NEWER, WEB, CommandLine
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator

WITHDRAWN = "22.04.202508140"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("model", WEB, "--image-version", "9.9.9", "--yes"), "version 9.9.9 of"),
        (("model", WEB, "--vm-size", "Standard_X9000", "--yes"), "VM size Standard_X9000"),
        (("run", WEB, "--image-version", "9.9.9", "--yes"), "version 9.9.9 of"),
        (("plan", WEB, "--vm-size", "Standard_X9000"), "VM size Standard_X9000"),
    ],
)
def test_a_value_that_is_not_offered_is_refused_before_anything_is_written(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    with Simulator("web-100") as azure:
        code, out, err = CommandLine(capsys, "--endpoint", azure.endpoint)(*arguments)
        assert azure.world.ledger.effects == []
    assert (code, out) == (2, "")
    assert message in err
    assert "--anyway skips this check" in err


def test_a_run_without_rights_is_refused_before_anything_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("web-100") as azure:
        call = CommandLine(capsys, "--endpoint", azure.endpoint)
        azure.world.rights.refuse("Microsoft.Compute/virtualMachineScaleSets/manualUpgrade/action")
        code, out, err = call("run", WEB, "--domain", "1", "--yes")
        assert (code, out, azure.world.ledger.effects) == (ExitCode.REFUSED, "", [])
        assert "manualUpgrade/action on web-rg/web-vmss" in err
        assert "checked  provisioning state, image version, image and size" in err
        assert "--anyway starts the run all the same" in err
        document = json.loads(call("plan", WEB, "--domain", "1", "--json")[1])["preflight"]
    assert [finding["level"] for finding in document["findings"]] == ["refusal"]
    assert "rights" in set(document["checked"]) - set(document["passed"])


def test_anyway_leaves_the_decision_to_azure(at_web: CommandLine) -> None:
    code, _, err = at_web("model", WEB, "--image-version", "9.9.9", "--anyway", "--yes")
    assert code == 1
    assert "PlatformImageNotFound" in err
    assert "--list skus" in err, "the way out of the circle"


def test_images_of_an_unknown_sku_lead_to_the_skus_there_are(at_web: CommandLine) -> None:
    code, out, err = at_web("images", WEB, "--image-sku", "nowhere")
    assert (code, out) == (1, "")
    assert "eastus has no image" in err
    assert "--list skus" in err


def test_a_plan_names_the_withdrawn_version_of_the_model(at_web: CommandLine) -> None:
    assert at_web("model", WEB, "--image-version", WITHDRAWN, "--anyway", "--yes")[0] == 0
    code, out, _ = at_web("plan", WEB, "--domain", "1")
    assert code == 0
    assert f"version {WITHDRAWN} is deprecated: the newest is {NEWER}" in out


def test_a_purchase_plan_is_shown_and_cautioned(make_bench: BenchFactory) -> None:
    bench: Bench = make_bench()
    bench.edit(plan={"publisher": "contoso", "product": "router", "name": "gold"})
    model = bench.services.queries.read_model(bench.set_id)
    assert model.purchase_plan == "contoso/router/gold"
