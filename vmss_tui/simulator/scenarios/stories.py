"""Scenarios of machines that fail, of which the machines themselves say why."""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.scenarios.spec import ScaleSetSpec, Scenario

_SCRIPT_FAILED = (
    "VMExtensionProvisioningError",
    "VM has reported a failure when processing extension 'bootstrap' (publisher "
    "'Microsoft.Azure.Extensions' and type 'CustomScript'). Error message: 'Enable failed: failed "
    "to execute command: command terminated with exit status=1\n[stdout]\n\n[stderr]\n"
    "/opt/bootstrap.sh: line 31: artifacts.contoso.example: 403 Forbidden\n'.",
)
_TIMED_OUT = (
    "OSProvisioningTimedOut",
    "OS Provisioning for VM 'web-vmss_2' did not finish in the allotted time. The VM may still "
    "finish provisioning successfully. Please check provisioning state later.",
)


def _failed(failure: tuple[str, str], story: str, **more: object) -> Json:
    return {"provisioning": "Failed", "failure": failure, "story": story, **more}


def _unhealthy(story: str) -> Json:
    return {"health": "unhealthy", "story": story}


STORY_SCENARIOS = (
    Scenario(
        "bad-extension",
        "Twelve servers, and a script that fails on one of three",
        "R over everything, canary 1: it halts on an extension; enter says why",
        "The custom script downloads what one of three servers may not: the extension fails there, "
        "with its exit code and its last lines in the instance view.",
        (ScaleSetSpec("web-rg", "web-vmss", 12, current_share=0.0),),
        faults=(
            {
                "instance": "extension_failure",
                "instance_ids": ["1", "4", "7", "10"],
                "story": "extension_failed",
            },
        ),
    ),
    Scenario(
        "full-disk",
        "Twenty servers, of which four have no room left",
        "R over everything: it halts where a disk is full; enter, then the boot log",
        "A job fills the disks of four servers as soon as they start: nothing that writes a file "
        "works there, neither the application nor the last stage of cloud-init.",
        (
            ScaleSetSpec(
                "web-rg",
                "web-vmss",
                20,
                states={number: _unhealthy("disk_full") for number in (3, 8)},
            ),
        ),
        faults=(
            {
                "instance": "never_healthy",
                "instance_ids": ["3", "8", "11", "16"],
                "story": "disk_full",
            },
        ),
    ),
    Scenario(
        "boot-stories",
        "Twelve servers that failed in as many ways, and three that say nothing",
        "n goes to the next problem, enter opens it, then its boot log",
        "Each server failed in a way of its own, one has maintenance ahead, one has had it. Of "
        "the other sets one writes to an account of its own, one has boot diagnostics off.",
        (
            ScaleSetSpec(
                "web-rg",
                "web-vmss",
                12,
                states={
                    1: _unhealthy("kernel_panic"),
                    2: _failed(_TIMED_OUT, "no_root", agent="Not Ready", health=None),
                    3: _failed(_TIMED_OUT, "emergency_mode", agent="Not Ready", health=None),
                    4: _unhealthy("disk_full"),
                    5: _unhealthy("cloud_init_failed"),
                    6: _unhealthy("out_of_memory"),
                    7: _failed(_SCRIPT_FAILED, "extension_failed"),
                    8: _unhealthy("application_down"),
                    9: _failed(_TIMED_OUT, "agent_failed", agent="Not Ready", health=None),
                    10: {"maintenance": "pending"},
                    11: {"maintenance": "completed"},
                },
            ),
            ScaleSetSpec(
                "web-rg",
                "own-vmss",
                3,
                boot_diagnostics="https://contosodiag.blob.core.windows.net/",
                states={1: {"maintenance": "scheduled"}},
            ),
            ScaleSetSpec("web-rg", "silent-vmss", 3, boot_diagnostics=""),
        ),
    ),
)
