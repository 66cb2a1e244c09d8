"""Rules for what agent, extensions and health probe report, and for time-outs of Azure.

They come after the causes in the guest, of which they are mostly a consequence. Codes and texts:
page "Common error codes for virtual machines", recorded statuses, and the health extension's.
"""

from vmss_tui.fleet.causes.cause import Rule
from vmss_tui.fleet.causes.guest_rules import SERVICE_RULE

_HTTP_ERRORS = tuple(
    (f"{prefix}{code}",)
    for code in (500, 502, 503, 504)
    for prefix in ("http ", "status code ", "statuscode: ", "response code ")
)

REPORT_RULES = (
    Rule(
        "extension-failed",
        "An extension reports that it failed.",
        "Read its message; fix its settings or script in the model, or roll back.",
        codes=(
            "vmextensionprovisioningerror",
            "vmextensionhandlernontransienterror",
            "vmextensionmanagementinternalerror",
            "vmextension+failed",
        ),
        messages=(
            ("has reported a failure when processing extension",),
            ("terminal failure for vm extension",),
        ),
    ),
    Rule(
        "extension-timed-out",
        "An extension did not finish in time.",
        "Check in its log under /var/log/azure what it waits for, and its outbound access.",
        codes=("vmextensionprovisioningtimeout", "vmextensionhandlertimeout"),
        messages=(("provisioning of vm extension", "has timed out"),),
    ),
    Rule(
        "agent-not-reporting",
        "The VM agent does not report, so that Azure knows nothing of extensions and health.",
        "Check in the boot log that the agent runs, and outbound access to 168.63.129.16 and "
        "Azure Storage.",
        codes=("vmagentstatuscommunicationerror", "vmagent+unavailable"),
        messages=(
            ("has not reported status for vm agent or extensions",),
            ("has not reported latest status for extension",),
            ("vm agent is unresponsive",),
            ("vm status blob is found but not yet populated",),
        ),
    ),
    SERVICE_RULE,
    Rule(
        "os-provisioning-failed",
        "The operating system reported that its set-up failed.",
        "Check the boot log; the image must be generalized and fit the model's OS profile.",
        codes=("osprovisioningclienterror", "osprovisioninginternalerror"),
        messages=(("os provisioning failed for vm",),),
    ),
    Rule(
        "os-provisioning-timed-out",
        "The VM started and its operating system did not report in time that it is set up.",
        "Check the boot log; an image that is not generalized, a missing agent and no network "
        "are the usual reasons.",
        codes=("osprovisioningtimedout",),
        messages=(("os provisioning for vm", "did not finish in the allotted time"),),
    ),
    Rule(
        "vm-start-timed-out",
        "The VM did not start in time.",
        "Check the boot log; if it is empty, redeploy or reimage the instance.",
        codes=("vmstarttimedout",),
        messages=(("did not start in the allotted time",),),
    ),
    Rule(
        "probe-refused",
        "Nothing listens on the port of the health probe.",
        "Check that the application starts and listens on the port in the probe's settings.",
        messages=(("connection refused",), ("actively refused",)),
        in_success=True,
    ),
    Rule(
        "probe-http-error",
        "The application answers the health probe with an error.",
        "Check the application's log and what its health page depends on.",
        messages=_HTTP_ERRORS,
        in_success=True,
    ),
    Rule(
        "probe-timed-out",
        "The application did not answer the health probe in time.",
        "Check the load of the instance and what its health page waits for.",
        messages=(("probe", "timed out"), ("probe", "timeout"), ("context deadline exceeded",)),
        in_success=True,
    ),
    Rule(
        "application-unhealthy",
        "The health probe reports the application as unhealthy.",
        "Check that the application's services run, by boot log or run command.",
        messages=(("application found to be unhealthy",), ("reporting itself as unhealthy",)),
        codes=("healthstate+unhealthy",),
        in_success=True,
    ),
    Rule(
        "health-unknown",
        "The health probe gives no valid answer.",
        "Check the path, port and answer of the health page, and that the extension runs.",
        messages=(("application found to be unknown",), ("the vm health is unknown",)),
        codes=("healthstate+unknown",),
        in_success=True,
    ),
)
