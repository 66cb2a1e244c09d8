"""Causes of failures, by statuses of Azure and by lines of serial logs."""

import time

import pytest

from tests.fleet.causes.logs import HEALTHY_BOOT, KERNEL, LOGS, STATUSES
from vmss_tui.fleet.causes import (
    RULES,
    error_line_numbers,
    find_causes,
    instance_statuses,
    last_boot_start,
)
from vmss_tui.fleet.causes.cause import Rule
from vmss_tui.fleet.scale_set import ComponentStatus, Health, Instance, Status


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_cause_is_recognized_by_a_line_or_a_status(rule: Rule) -> None:
    name = rule.id
    assert (name in LOGS) is not (name in STATUSES)
    if name in LOGS:
        log = f"{HEALTHY_BOOT}\n{HEALTHY_BOOT}\n{LOGS[name]}"
        cause, *others = find_causes((), log.splitlines())
        assert cause.quote in LOGS[name].replace("\r", "\n").splitlines()
        assert not others or name in ("emergency-mode",)
    else:
        cause, *_ = find_causes((STATUSES[name],), HEALTHY_BOOT.splitlines())
        assert STATUSES[name][1].strip() in cause.quote
    assert cause.id == name
    for sentence in (cause.meaning, cause.help):
        assert sentence[0].isupper() or sentence.startswith("cloud-init")
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_a_healthy_boot_shows_no_cause_and_no_error() -> None:
    lines = HEALTHY_BOOT.splitlines()
    succeeded = ("ProvisioningState/succeeded", "Provisioning succeeded")
    assert find_causes((succeeded, ("PowerState/running", "VM running")), lines) == ()
    assert error_line_numbers(lines) == ()
    assert find_causes((), ()) == ()


def test_only_the_last_boot_counts_and_a_crash_kernel_belongs_to_the_boot_before() -> None:
    panic = [*HEALTHY_BOOT.splitlines(), LOGS["kernel-panic"].splitlines()[1]]
    assert last_boot_start(panic) == 0
    rebooted = [*panic, *HEALTHY_BOOT.splitlines()]
    assert last_boot_start(rebooted) == len(panic)
    assert find_causes((), rebooted) == ()
    crash_kernel = [*panic, KERNEL, "[    0.000000] Command line: irqpoll elfcorehdr=0x7f000000"]
    assert [cause.id for cause in find_causes((), crash_kernel)] == ["kernel-panic"]
    # a later boot that does not come as far as a kernel
    rescue = [*panic, 'BdsDxe: failed to load Boot0001 "UEFI Hyper-V SCSI": Access Denied']
    assert [cause.id for cause in find_causes((), rescue)] == ["boot-loader-failed"]


def test_the_reason_in_the_guest_comes_before_its_consequence() -> None:
    log = [KERNEL, *LOGS["root-device-not-found"].splitlines(), *LOGS["disk-full"].splitlines()]
    statuses = (STATUSES["os-provisioning-timed-out"], STATUSES["application-unhealthy"])
    causes = find_causes(statuses, log)
    assert [cause.id for cause in causes] == [
        "root-device-not-found",
        "disk-full",
        "os-provisioning-timed-out",
        "application-unhealthy",
    ]
    assert causes[0].quote == log[1]
    assert causes[2].quote.startswith("OSProvisioningTimedOut: OS Provisioning for VM 'web_3' did")


def test_statuses_of_an_instance_name_agent_extension_and_health() -> None:
    failed = Status("ProvisioningState/failed/2", display="Provisioning failed", message="exit 2")
    not_ready = Status("ProvisioningState/Unavailable", display="Not Ready")
    instance = Instance(
        "3",
        health=Health.UNHEALTHY,
        agent=ComponentStatus("agent", statuses=(not_ready,)),
        extensions=(ComponentStatus("bootstrap", statuses=(failed,)),),
    )
    causes = find_causes(instance_statuses(instance), ())
    assert [(cause.id, cause.quote) for cause in causes] == [
        ("extension-failed", "bootstrap: exit 2"),
        ("agent-not-reporting", "Unavailable: Not Ready"),
        ("application-unhealthy", "HealthState/unhealthy"),
    ]


def test_hostile_logs_take_little_time_and_quotes_stay_plain() -> None:
    long_line = "y" * 400 + "No space left on device " + "x" * 500
    lines = [
        "kernel panic " * 800_000,  # 10 MB
        *["linux version elfcorehdr= cloud-init kernel panic"] * 5_000,
        KERNEL,
        "\x1b]0;title\x07\x1b[31m[bold]cloud-init[1]: Traceback\u202e (most recent call last)",
        long_line,
        "[" * 100_000,
    ]
    begin = time.process_time()
    causes = find_causes((("A/" * 50_000, "failed " * 100_000),), lines)
    error_line_numbers(lines)
    assert time.process_time() - begin < 2
    assert [cause.id for cause in causes] == ["disk-full", "cloud-init-failed"]
    assert "No space left on device" in causes[0].quote
    assert "[bold]" in causes[1].quote
    for cause in causes:
        assert len(cause.quote) <= 300
        assert cause.quote.isprintable()


def test_errors_of_a_log_are_lines_that_report_one() -> None:
    lines = [*HEALTHY_BOOT.splitlines(), *"\n".join(LOGS.values()).splitlines()]
    numbers = error_line_numbers(lines)
    assert numbers[0] >= len(HEALTHY_BOOT.splitlines())
    plain = {line for index, line in enumerate(lines) if index not in numbers}
    assert {line for line in plain if line in "\n".join(LOGS.values())} < {
        "Entering rescue mode...",
        "grub rescue> ",
        "[    2.418101] CPU: 0 PID: 1 Comm: swapper/0 Not tainted",
        "dhclient[512]: No DHCPOFFERS received.",
        "system logs",
        "",
        'You are in emergency mode. After logging in, type "journalctl -xb" to view',
    }
