"""`doctor`: checks settings, connection and terminal; each result is ok, warn or fail.

Secrets are never printed.
"""

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from vmss_tui import demo, text, wiring
from vmss_tui.cli.checks.machine import (
    Finding,
    Grade,
    check_folders,
    check_logout,
    check_settings,
    check_terminal,
    check_versions,
    fail,
    findings_json,
    ok,
    warn,
)
from vmss_tui.cli.checks.team_store import check_store
from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import print_json, print_line, print_message
from vmss_tui.config import ConfigError, Settings
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.gateway import AzureContext, Gateway, GatewayError, Subscription
from vmss_tui.runtime.permission import INTERACTIVE_CREDENTIALS
from vmss_tui.runtime.storage.state_folder import InsecurePath, NoHomeFolder, state_folder
from vmss_tui.subscriptions import NoSubscription, select_subscriptions
from vmss_tui.target import InvalidEndpoint

_CREDENTIAL_VARIABLES = {
    "environment": ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
                    "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME"),
    "workload": ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
}  # fmt: skip
"""Environment variables that a credential reads. Only their names are printed."""
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_CA_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_MAX_LISTED = 5
_COMMAND = re.compile(r"`[^`]++`")
"""A command in a message, which is not divided between two lines."""
_NO_BREAK = "\u00a0"


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def doctor_command(options: GlobalOptions, as_json: bool) -> ExitCode:
    """Check the setup: settings, sign-in, subscriptions, terminal."""
    findings: list[Finding] = []
    for finding in _run_checks(options):
        findings.append(finding)
        if not as_json:
            _print_finding(finding)
    if as_json:
        print_json(findings_json(findings))
    return _exit_code(findings)


def _run_checks(options: GlobalOptions) -> Iterator[Finding]:
    yield from check_versions()
    settings, finding = check_settings(options.config)
    yield finding
    try:
        yield from check_folders(state_folder())
    except NoHomeFolder as error:
        yield fail("state", str(error))
    if settings is None:
        yield warn("cloud", "not checked: fix the settings first")
    else:
        yield from _check_azure(settings, options)
        yield from check_store(settings, options.target())
    yield from check_terminal(os.environ, settings or Settings())
    yield check_logout()


def _check_azure(settings: Settings, options: GlobalOptions) -> Iterator[Finding]:
    """Cloud, credential, proxy, sign-in and visible subscriptions."""
    target = options.target()._replace(patience=None)  # it reports an outage, and at once
    try:
        gateway = wiring.gateway_for(settings, target, notify=print_message)
    except (
        ConfigError,
        demo.DemoFailed,
        InsecurePath,
        InvalidEndpoint,
        NoHomeFolder,
    ) as error:
        yield fail("cloud", str(error))
        return
    context = gateway.context
    demo_note = " (demo: a simulator, not Azure)" if context.demo else ""
    yield ok("cloud", f"{context.cloud}, {context.endpoint}{demo_note}")
    if context.cloud == wiring.SIMULATOR:
        yield ok("credential", "none needed: a simulator accepts any token")
    else:
        yield _check_credential(context)
        yield from _check_network(os.environ)
    try:
        visible = gateway.list_subscriptions()
    except GatewayError as error:
        yield fail("sign-in", error.message, error.exit_code)
        return
    yield _check_sign_in(gateway, settings)
    yield _check_subscriptions(visible, target.subscriptions, settings, context)
    if visible:
        yield _check_api_version(gateway.read_api_version, visible[0].subscription_id, settings)


def _check_api_version(
    read_version: Callable[[str], tuple[str, str]], subscription_id: str, settings: Settings
) -> Finding:
    """The api-version of requests about scale sets: pinned, or the newest that the cloud knows."""
    pinned = settings.azure.api_version
    try:
        version, newest = read_version(subscription_id)
    except GatewayError as error:
        return warn("api-version", f"not compared with the versions of the cloud: {error.message}")
    if pinned:
        return ok("api-version", f"{pinned}, pinned by azure.api_version in the settings")
    if version == newest:
        return ok("api-version", version)
    return warn("api-version", f"{version}: this cloud does not support {newest} yet")


def _check_credential(context: AzureContext) -> Finding:
    kind = context.credential
    if kind in INTERACTIVE_CREDENTIALS:
        consequence = "is interactive, so this session is read-only: runs and writes are refused"
        return warn("credential", f"{kind}: {consequence}")
    if kind == "cli":
        az = shutil.which("az")
        if az is None:
            problem = "cli, but az is not on PATH: install the Azure CLI, or set azure.credential"
            return fail("credential", problem, ExitCode.NOT_SIGNED_IN)
        if not Path(az).is_absolute():
            return warn("credential", f"cli, with {az}, which PATH finds in the working folder")
        return ok("credential", f"cli ({az})")
    variables = [name for name in _CREDENTIAL_VARIABLES.get(kind, ()) if os.environ.get(name)]
    if kind in _CREDENTIAL_VARIABLES:
        return ok("credential", f"{kind} (set: {', '.join(variables) or 'none of its variables'})")
    return ok("credential", kind)


def _check_network(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Proxy and certificates of the environment; a proxy's password is not printed."""
    proxy = next((name for name in _PROXY_VARIABLES if environment.get(name)), None)
    if proxy is not None:
        try:
            parts = urlsplit(environment[proxy])
            address = f"{parts.hostname or '?'}:{parts.port or '?'}"
        except ValueError:
            address = "an invalid address"
        yield ok("proxy", f"{proxy} is {address}")
    for name in _CA_BUNDLE_VARIABLES:
        if bundle := environment.get(name):
            message = f"{name} is {bundle}"
            if Path(bundle).exists():
                yield ok("certificates", message)
            else:
                yield fail("certificates", f"{message}, which does not exist")


def _check_sign_in(gateway: Gateway, settings: Settings) -> Finding:
    context = gateway.context
    if context.cloud == wiring.SIMULATOR:
        return ok("sign-in", "without a named principal")
    principal = context.principal or "a principal that is not named in its token"
    message = f"as {principal}, tenant {context.tenant_id or 'unknown'}"
    tenant = settings.azure.tenant
    is_id = tenant.count("-") == 4
    if is_id and context.tenant_id and tenant.lower() != context.tenant_id.lower():
        return warn("sign-in", f"{message}: the settings require tenant {tenant}")
    return ok("sign-in", message)


def _check_subscriptions(
    visible: Sequence[Subscription], flags: Sequence[str], settings: Settings, context: AzureContext
) -> Finding:
    try:
        ids = select_subscriptions(
            flags, settings.azure.subscriptions, context.cloud, lambda: visible
        )
    except NoSubscription as error:
        return fail("subscriptions", str(error))
    if not visible:
        problem = "none visible: this principal has no role in any subscription"
        return fail("subscriptions", problem, ExitCode.NOT_SIGNED_IN)
    visible_ids = {subscription.subscription_id.lower() for subscription in visible}
    if missing := [id_ for id_ in ids if id_.lower() not in visible_ids]:
        return fail("subscriptions", f"{missing[0]} is not visible", ExitCode.NOT_SIGNED_IN)
    selected = {id_.lower() for id_ in ids} or visible_ids
    used = [
        f"{text.cell(subscription.name, 60)} ({subscription.subscription_id})"
        for subscription in visible
        if subscription.subscription_id.lower() in selected
    ]
    names = shorten_list(used, _MAX_LISTED, separator=", ", rest=" and {more} more")
    count = f"{len(used)} of {len(visible)} used" if ids else f"{len(visible)}, all used"
    return ok("subscriptions", f"{count}: {names}")


_VERDICT_COLOURS = {
    Grade.OK: TextColour.GOOD,
    Grade.WARN: TextColour.UNHEALTHY,
    Grade.FAIL: TextColour.FAILED,
}


def _print_finding(finding: Finding) -> None:
    line = f"{finding.verdict:<5} {finding.name:<14} {text.redact(finding.message)}"
    if not sys.stdout.isatty():
        print_line(line)
        return
    width = max(60, shutil.get_terminal_size().columns - 1)
    unbroken = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), text.clean(line))
    colour = _VERDICT_COLOURS[finding.verdict]
    for part in textwrap.wrap(unbroken, width, subsequent_indent=" " * 21, break_on_hyphens=False):
        shown = part.replace(_NO_BREAK, " ")
        print_line(Coloured(shown[:5], colour), shown[5:])


def _exit_code(findings: Sequence[Finding]) -> ExitCode:
    """An error on this machine takes precedence over a missing sign-in."""
    codes = {finding.code for finding in findings if finding.verdict is Grade.FAIL}
    if not codes:
        return ExitCode.DONE
    return ExitCode.ERROR if ExitCode.ERROR in codes else ExitCode.NOT_SIGNED_IN
