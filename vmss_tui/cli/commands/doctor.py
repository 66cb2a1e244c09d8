"""`doctor`: what the program finds, line by line, each ok, warn or fail. Never says a secret."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from vmss_tui import demo, text, wiring
from vmss_tui.cli.commands import doctor_checks as findings
from vmss_tui.cli.commands.doctor_checks import Finding, Verdict, fail, ok, warn
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import print_json, print_line, print_message
from vmss_tui.config import BadConfig, Settings
from vmss_tui.errors import ExitCode
from vmss_tui.gateway import AzureContext, Gateway, GatewayError, Subscription
from vmss_tui.runtime.permission import INTERACTIVE_CREDENTIALS
from vmss_tui.runtime.storage.state_folder import InsecurePath
from vmss_tui.subscriptions import NoSubscription, select_subscriptions
from vmss_tui.target import InvalidEndpoint

_NAMED = {
    "environment": ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
                    "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME"),
    "workload": ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
}  # fmt: skip
"""Variables that a credential reads. Only their names are ever said."""
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_NAMES_SHOWN = 5


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@pass_options
def doctor_command(options: GlobalOptions, as_json: bool) -> ExitCode:
    """Say what was found: settings, sign-in, subscriptions, terminal. Changes nothing."""
    found: list[Finding] = []
    for each in _looked_at(options):
        found.append(each)
        if not as_json:
            _show(each)
    if as_json:
        print_json(findings.findings_json(found))
    return _code(found)


def _looked_at(options: GlobalOptions) -> Iterator[Finding]:
    yield from findings.check_versions()
    settings, said = findings.check_settings(options.config)
    yield said
    yield from findings.check_folders(wiring.state_folder())
    if settings is None:
        yield warn("cloud", "not looked at: the settings have to be right first")
    else:
        yield from _azure(settings, options)
    yield from findings.check_terminal(os.environ, settings or Settings())
    yield findings.check_logout()


def _azure(settings: Settings, options: GlobalOptions) -> Iterator[Finding]:
    """Cloud, credential, the way there, the sign-in and what it can see."""
    where = options.target()
    try:
        gateway = wiring.gateway_for(settings, where, tell=print_message)
    except (BadConfig, demo.DemoFailed, InsecurePath, InvalidEndpoint) as error:
        yield fail("cloud", str(error))
        return
    context = gateway.context
    demonstrated = " (demo: a simulator, not Azure)" if context.demo else ""
    yield ok("cloud", f"{context.cloud}, {context.endpoint}{demonstrated}")
    if context.cloud == wiring.SIMULATOR:
        yield ok("credential", "none needed: a simulator takes any token")
    else:
        yield _credential(context)
        yield from _way(os.environ)
    try:
        visible = gateway.list_subscriptions()
    except GatewayError as error:
        yield fail("sign-in", error.message, error.exit_code)
        return
    yield _signed_in(gateway, settings)
    yield _subscriptions(visible, where.subscriptions, settings, context)


def _credential(context: AzureContext) -> Finding:
    kind = context.credential
    if kind in INTERACTIVE_CREDENTIALS:
        words = "needs a person, so this session only looks: runs and writes are refused"
        return warn("credential", f"{kind}: {words}")
    if kind == "cli":
        az = shutil.which("az")
        if az is None:
            words = "cli, but az is not on PATH: install the Azure CLI, or set azure.credential"
            return fail("credential", words, ExitCode.NOT_SIGNED_IN)
        if not Path(az).is_absolute():
            return warn("credential", f"cli, with {az}, which PATH finds in the working folder")
        return ok("credential", f"cli ({az})")
    there = [name for name in _NAMED.get(kind, ()) if os.environ.get(name)]
    if kind in _NAMED:
        return ok("credential", f"{kind} (set: {', '.join(there) or 'none of its variables'})")
    return ok("credential", kind)


def _way(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Proxy and certificates, as the environment has them; a proxy's password is not said."""
    proxy = next((name for name in _PROXIES if environment.get(name)), None)
    if proxy is not None:
        try:
            parts = urlsplit(environment[proxy])
            place = f"{parts.hostname or '?'}:{parts.port or '?'}"
        except ValueError:
            place = "an address that cannot be read"
        yield ok("proxy", f"{proxy} is {place}")
    for name in _BUNDLES:
        if bundle := environment.get(name):
            there = Path(bundle).exists()
            words = f"{name} is {bundle}"
            yield (
                ok("certificates", words)
                if there
                else fail("certificates", f"{words}, which is not there")
            )


def _signed_in(gateway: Gateway, settings: Settings) -> Finding:
    context = gateway.context
    if context.cloud == wiring.SIMULATOR:
        return ok("sign-in", "as nobody in particular")
    who = context.principal or "a principal that its token does not name"
    words = f"as {who}, tenant {context.tenant_id or 'unknown'}"
    wanted = settings.azure.tenant
    is_id = wanted.count("-") == 4
    if is_id and context.tenant_id and wanted.lower() != context.tenant_id.lower():
        return warn("sign-in", f"{words}: the settings want tenant {wanted}")
    return ok("sign-in", words)


def _subscriptions(
    visible: Sequence[Subscription], flags: Sequence[str], settings: Settings, context: AzureContext
) -> Finding:
    try:
        ids = select_subscriptions(
            flags, settings.azure.subscriptions, context.cloud, lambda: visible
        )
    except NoSubscription as error:
        return fail("subscriptions", str(error))
    if not visible:
        words = "none can be seen: this principal has no role in any subscription"
        return fail("subscriptions", words, ExitCode.NOT_SIGNED_IN)
    seen = {each.subscription_id.lower() for each in visible}
    if unseen := [each for each in ids if each.lower() not in seen]:
        return fail("subscriptions", f"{unseen[0]} cannot be seen", ExitCode.NOT_SIGNED_IN)
    used = [each for each in visible if not ids or each.subscription_id.lower() in
            {one.lower() for one in ids}]  # fmt: skip
    named = [f"{text.cell(each.name, 60)} ({each.subscription_id})" for each in used]
    more = f" and {len(named) - _NAMES_SHOWN} more" if len(named) > _NAMES_SHOWN else ""
    which = f"{len(used)} of {len(visible)} used" if ids else f"{len(visible)}, all used"
    return ok("subscriptions", f"{which}: {', '.join(named[:_NAMES_SHOWN])}{more}")


def _show(finding: Finding) -> None:
    line = f"{finding.verdict:<5} {finding.name:<14} {text.redact(finding.words)}"
    if not sys.stdout.isatty():
        print_line(line)
        return
    width = max(60, shutil.get_terminal_size().columns - 1)
    for part in textwrap.wrap(
        text.clean(line), width, subsequent_indent=" " * 21, break_on_hyphens=False
    ):
        print_line(part)


def _code(found: Sequence[Finding]) -> ExitCode:
    """What is broken here counts before a sign-in that is missing."""
    codes = {each.code for each in found if each.verdict is Verdict.FAIL}
    if not codes:
        return ExitCode.DONE
    return ExitCode.ERROR if ExitCode.ERROR in codes else ExitCode.NOT_SIGNED_IN
