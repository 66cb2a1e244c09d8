"""Lines of serial logs and statuses as machines in Azure write them, one case a cause.

Texts of kernel, systemd, dracut, e2fsck, cloud-init and agent are theirs; names are invented.
Statuses follow recorded ones and the page "Common error codes for virtual machines".
"""

KERNEL = "[    0.000000] Linux version 6.8.0-1021-azure (buildd@lcy02-amd64-115) (gcc 13.2.0)"
HEALTHY_BOOT = f"""\
BdsDxe: loading Boot0001 "UEFI Hyper-V SCSI" from PciRoot(0x0)/Pci(0x1E,0x0)
BdsDxe: starting Boot0001 "UEFI Hyper-V SCSI" from PciRoot(0x0)/Pci(0x1E,0x0)
{KERNEL}
[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.8.0-1021-azure root=LABEL=root ro panic=-1
[    1.204411] hv_vmbus: Vmbus version:5.3
[    1.881020] hv_netvsc 6045bd8f-0000 eth0: VF slot 1 added
[    3.071104] RAS: Correctable Errors collector initialized.
[    4.310872] EXT4-fs (sda1): mounted filesystem with ordered data mode, errors=remount-ro
[  OK  ] Reached target Local File Systems.
[   11.440918] cloud-init[702]: Cloud-init v. 25.2 running 'init' at 01:49:58. Up 11.39 seconds.
[  OK  ] Started walinuxagent.service - Azure Linux Agent.
[   61.200713] cloud-init[811]: Cloud-init v. 25.2 finished at 01:50:48. Datasource DataSourceAzure.
Ubuntu 22.04.5 LTS web000003 ttyS0
web000003 login:"""

LOGS = {
    "boot-loader-failed": "error: no such device: 7c1d.\nEntering rescue mode...\ngrub rescue> ",
    "root-device-not-found": "[    2.417730] Kernel panic - not syncing: VFS: Unable to mount "
    "root fs on unknown-block(0,0)\n[    2.418101] CPU: 0 PID: 1 Comm: swapper/0 Not tainted",
    "kernel-panic": "[    9.1] BUG: unable to handle page fault for address: ffff9\n"
    "[    9.2] Kernel panic - not syncing: Fatal exception in interrupt\n"
    "[    9.3] ---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---",
    "file-system-damaged": "/dev/sda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.",
    "emergency-mode": "[\x1b[0;1;33mDEPEND\x1b[0m] Dependency failed for local-fs.target - "
    "Local File Systems.\n"
    'You are in emergency mode. After logging in, type "journalctl -xb" to view\r\nsystem logs',
    "disk-full": "[   44.0] python3[91]: [Errno 28] No space left on device: '/var/log/web'",
    "disk-error": "[  120.4] Buffer I/O error on dev sda1, logical block 5, lost sync page write",
    "out-of-memory": "[  912.004411] Out of memory: Killed process 2210 (java) total-vm:9126412kB",
    "agent-provisioning-failed": "2026-11-27T22:15:41.880Z ERROR Daemon Provisioning failed: "
    "[ProvisionError] Failed to mount dvd",
    "dhcp-failed": "dhclient[512]: No DHCPOFFERS received.",
    "program-missing": "[   27.560] (web-api)[1122]: web.service: Failed to locate executable "
    "/opt/web/bin/web-api: No such file or directory",
    "cloud-init-failed": "[   31.552903] cloud-init[702]: 2026-11-27 22:14:03,118 - "
    "util.py[WARNING]: Running module scripts-user (<module 'cc_scripts_user'>) failed",
    "dns-failed": "apt.systemd.daily[700]: Temporary failure resolving 'azure.archive.ubuntu.com'",
    "network-unreachable": "web-api[900]: connect to 10.1.0.4:5432 failed: No route to host",
    "service-failed": "[   27.571160] systemd[1]: web.service: Failed with result 'exit-code'.",
}
"""The end of a last boot, by the most decisive cause that it shows."""

_EXTENSION = (
    "VM has reported a failure when processing extension 'bootstrap' (publisher "
    "'Microsoft.Azure.Extensions' and type 'CustomScript'). Error message: 'Enable failed: failed "
    "to execute command: command terminated with exit status=1'."
)
STATUSES = {
    "zonal-allocation-failed": (
        "ProvisioningState/failed/ZonalAllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this "
        "zone.",
    ),
    "allocation-failed": (
        "ProvisioningState/failed/OverconstrainedAllocationRequest",
        "The required VM size is not currently available in the selected location.",
    ),
    "quota-exceeded": (
        "OperationNotAllowed",
        "Operation could not be completed as it results in exceeding approved Total Regional Cores "
        "quota. Additional details - Deployment Model: Resource Manager, Location: westus, Current "
        "Limit: 100, Current Usage: 10, Additional Required: 101",
    ),
    "size-not-available": (
        "SkuNotAvailable",
        "The requested VM size for resource 'web' is currently not available in location 'westus'.",
    ),
    "image-not-in-region": (
        "GalleryImageNotFound",
        "The gallery image /subscriptions/s/…/versions/1.0.0 is not available in westus region. "
        "Please contact image owner to replicate to this region, or change your requested region.",
    ),
    "image-not-found": (
        "PlatformImageNotFound",
        "The platform image 'Canonical:ubuntu:22_04:9' is not available. Verify that all fields in "
        "the storage profile are correct.",
    ),
    "plan-terms": (
        "MarketplacePurchaseEligibilityFailed",
        "Marketplace purchase eligibilty check returned errors. See inner errors for details. ",
    ),
    "key-vault": (
        "KeyVaultAccessForbidden",
        "Key Vault https://v.vault.azure.net/keys/k/1 either has not been enabled for deployment.",
    ),
    "extension-failed": ("ProvisioningState/failed/VMExtensionProvisioningError", _EXTENSION),
    "extension-timed-out": (
        "ProvisioningState/failed/VMExtensionProvisioningTimeout",
        "Provisioning of VM extension 'bootstrap' has timed out. Extension installation may be "
        "taking too long, or extension status could not be obtained.",
    ),
    "agent-not-reporting": (
        "ProvisioningState/failed/VMAgentStatusCommunicationError",
        "VM 'web_3' has not reported status for VM agent or extensions. Please verify the VM has a "
        "running VM agent, and can establish outbound connections to Azure storage.",
    ),
    "os-provisioning-failed": (
        "ProvisioningState/failed/OSProvisioningInternalError",
        "OS Provisioning failed for VM 'web_3' due to an internal error.",
    ),
    "os-provisioning-timed-out": (
        "ProvisioningState/failed/OSProvisioningTimedOut",
        "OS Provisioning for VM 'web_3' did not finish in the allotted time. The VM may still "
        "finish provisioning successfully. Please check provisioning state later.",
    ),
    "vm-start-timed-out": (
        "ProvisioningState/failed/VMStartTimedOut",
        "VM 'web_3' did not start in the allotted time. The VM may still start successfully.",
    ),
    "probe-refused": (
        "VMExtension/health/ComponentStatus/AppHealthStatus/unhealthy",
        'Get "http://localhost:8080/healthz": dial tcp [::1]:8080: connect: connection refused',
    ),
    "probe-http-error": (
        "VMExtension/health/ProvisioningState/succeeded",
        "Application found to be unhealthy: HTTP 503 from :8080/healthz",
    ),
    "probe-timed-out": (
        "VMExtension/health/ProvisioningState/succeeded",
        "probe of :8080/healthz: context deadline exceeded",
    ),
    "application-unhealthy": (
        "VMExtension/health/ComponentStatus/AppHealthStatus/unhealthy",
        "Application found to be unhealthy",
    ),
    "health-unknown": ("HealthState/unknown", "The VM health is unknown"),
}
"""A status, by the most decisive cause that it shows."""
