"""What the command line says to connect to: Azure, a simulator, or a demo world.

Loaded before the first frame, so it uses named tuples: creating one takes a tenth of the time of a
dataclass. `wiring` connects to it.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from vmss_tui.errors import ExitCode, VmssError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(endpoint: str) -> bool:
    """Whether the URL is plain http to this machine, without a user name."""
    try:
        parts = urlsplit(endpoint)
        valid_port = parts.port != 0
    except ValueError:
        return False
    return (
        parts.scheme == "http"
        and parts.hostname in LOOPBACK_HOSTS
        and not parts.username
        and valid_port
    )


DEFAULT_SCENARIO = "web-100"
DEFAULT_SEED = 1


class InvalidEndpoint(VmssError, ValueError):
    """`--endpoint` is not a simulator on this machine."""

    exit_code = ExitCode.USAGE


class DemoWorld(NamedTuple):
    """A demo world: one simulator process for each scenario and seed."""

    scenario: str = DEFAULT_SCENARIO
    seed: int = DEFAULT_SEED
    speed: float | None = None
    """Simulated seconds per second; None: unchanged, or the default for a new world."""
    fresh: bool = False
    """End a running world and start a new one."""

    @property
    def name(self) -> str:
        """The base name of its files in the state folder."""
        return f"{self.scenario}-{self.seed}"


class Target(NamedTuple):
    """What to connect to, and whether it may be written to."""

    subscriptions: tuple[str, ...] = ()
    """Ids or names."""
    read_only: bool = False
    endpoint: str | None = None
    demo_world: DemoWorld | None = None
    patience: float | None = None
    """Seconds for which reads wait for a throttled or unreachable Azure; None: a few attempts."""
    state: str | None = None
    """URL of the container with the team's runs; None: as the settings say."""


def check_endpoint(endpoint: str | None) -> None:
    """Raises `InvalidEndpoint` for anything but a simulator on this machine."""
    if endpoint is not None and not is_loopback(endpoint):
        raise InvalidEndpoint(
            f"--endpoint {endpoint!a} is not a simulator: it must be http:// on 127.0.0.1 or "
            "localhost (another cloud's endpoint belongs in the settings)"
        )
