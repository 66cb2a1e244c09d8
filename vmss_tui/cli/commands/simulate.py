"""`simulate`: serves a scenario of the simulator until it is stopped."""

import signal
import threading
from datetime import UTC, datetime
from types import FrameType

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import CommandLine, print_json, print_message, print_table
from vmss_tui.errors import ExitCode


@click.command("simulate")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any free port.")
@click.option("--with-storage", is_flag=True, help="Also serve a blob container (for --state).")
@click.option("--list", "list_them", is_flag=True, help="List the scenarios.")
@click.option("--idle-exit", type=click.FloatRange(min=1), hidden=True)
@global_options
@pass_options
def simulate_command(
    options: GlobalOptions,
    port: int,
    with_storage: bool,
    list_them: bool,
    idle_exit: float | None,
) -> ExitCode:
    """Run the simulator on this machine.

    The first line says where, as JSON. Ends with Ctrl-C or SIGTERM.
    """
    from vmss_tui.simulator.scenarios.catalog import SCENARIOS
    from vmss_tui.simulator.server import Simulator
    from vmss_tui.simulator.world.simulated_time import CALENDAR

    if list_them:
        print_table(
            ("SCENARIO", "FLEET", "STORY"), ((s.name, s.title, s.story) for s in SCENARIOS.values())
        )
        return ExitCode.DONE
    try:
        simulator = Simulator(
            options.scenario or next(iter(SCENARIOS)),
            seed=1 if options.seed is None else options.seed,
            speed=1.0 if options.speed is None else options.speed,
            port=port,
            idle_exit=idle_exit,
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError(
            f"port {port} of 127.0.0.1 cannot be used: {reason}; without --port a free port is "
            "chosen",
            ExitCode.ERROR,
        ) from error

    CALENDAR.start_at(datetime.now(UTC))  # ages are measured by the clock of this machine

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=simulator.stop).start()  # stop() waits for the main thread

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    banner = simulator.banner()
    if with_storage:
        from vmss_tui.simulator.storage.server import StorageServer

        storage = StorageServer()
        storage.start()
        banner["state"] = storage.url
    print_json(banner)
    for line in _clients(simulator.endpoint, simulator.subscription_id):
        print_message(CommandLine(line))
    simulator.serve_forever()
    return ExitCode.DONE


def _clients(endpoint: str, subscription: str) -> tuple[str, ...]:
    """How to connect other clients to the simulator, which accepts any bearer token."""
    compute = f"{endpoint}/subscriptions/{subscription}/providers/Microsoft.Compute"
    return (
        f"vmss-tui    vmss-tui --endpoint {endpoint} list",
        f"curl        curl -H 'Authorization: Bearer any' "
        f"'{compute}/virtualMachineScaleSets?api-version=2024-07-01'",
        f"SDK         ComputeManagementClient(credential, '{subscription}', base_url='{endpoint}', "
        "credential_scopes=['any']), and enforce_https=False on each call",
        "az          speaks TLS only: put a TLS front with a sign-in endpoint before it "
        "(X-Forwarded-Proto is honoured), then: az cloud register -n Simulator "
        "--endpoint-resource-manager https://localhost:PORT",
    )
