"""Which Azure, or which demo world, is meant, as the command line says it.

Light, because it is looked at before the first frame (so named tuples, which are made in a tenth of
a dataclass's time); what it means is `wiring`'s.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from vmss_tui.errors import ExitCode, VmssError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(endpoint: str) -> bool:
    """Is this plain http on this machine, and nothing else?"""
    try:
        parts = urlsplit(endpoint)
        port = parts.port != 0
    except ValueError:
        return False
    return (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS and not parts.username and port
    )


DEFAULT_SCENARIO = "web-100"
DEFAULT_SEED = 1


class InvalidEndpoint(VmssError, ValueError):
    """`--endpoint` is not a simulator on this machine."""

    exit_code = ExitCode.USAGE


class DemoWorld(NamedTuple):
    """Which demo world is meant, and how it should go."""

    scenario: str = DEFAULT_SCENARIO
    seed: int = DEFAULT_SEED
    speed: float | None = None
    """None: as it goes already, or the default for a new one."""
    fresh: bool = False
    """End the one there is and start anew."""

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.scenario}-{self.seed}"


class Target(NamedTuple):
    """Which Azure is meant, and how it may be used, as the command line says it."""

    subscriptions: tuple[str, ...] = ()
    """Ids or names."""
    read_only: bool = False
    endpoint: str | None = None
    demo_world: DemoWorld | None = None


def check_endpoint(endpoint: str | None) -> None:
    """Raises `BadEndpoint` for anything but a simulator on this machine."""
    if endpoint is not None and not is_loopback(endpoint):
        raise InvalidEndpoint(
            f"--endpoint {endpoint!a} is no simulator: it must be http:// on 127.0.0.1 or "
            "localhost (another cloud's endpoint belongs into the settings)"
        )
