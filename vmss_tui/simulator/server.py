"""The simulator as a server: plain HTTP/1.1 on a loopback address, started and stopped here."""

import ipaddress
import threading
import time
from typing import Any

from vmss_tui.simulator.rest.listener import Listener
from vmss_tui.simulator.rest.service import Service
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.scenarios.populate import populate
from vmss_tui.simulator.world.simulated_time import Clock


class Simulator:
    """A simulated Azure, served between `start` and `stop`; also a context manager.

    `port` 0 selects a free port. `idle_exit` is in real seconds without a request. `page_size`
    overrides the scenario's. Raises KeyError for an unknown scenario, ValueError for a host that
    is not a loopback address, OSError where the port is not available.
    """

    def __init__(
        self,
        scenario: str = "web-100",
        *,
        seed: int = 1,
        speed: float = 1.0,
        port: int = 0,
        idle_exit: float | None = None,
        throttling: bool = True,
        page_size: int | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        if not _is_loopback(host):
            raise ValueError(f"the simulator serves loopback addresses only, not {host}")
        self.scenario = SCENARIOS[scenario]
        self.clock = Clock(speed)
        self.world = populate(
            self.scenario, seed, self.clock, throttling=throttling, page_size=page_size
        )
        self._idle_exit = idle_exit
        self._service = Service(self.world)
        self._listener = Listener((host, port), self._service)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._serving = False

    @property
    def endpoint(self) -> str:
        """Its base URL, without a slash at the end."""
        host, port = self._listener.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def subscription_id(self) -> str:
        """The id of the first subscription."""
        return next(iter(self.world.subscriptions))

    @property
    def scale_sets(self) -> list[str]:
        """`group/name` of every scale set."""
        with self.world.lock:
            return [scale_set.label for scale_set in self.world.scale_sets.values()]

    def banner(self) -> dict[str, Any]:
        """What another process needs to connect to it."""
        return {
            "endpoint": self.endpoint,
            "subscription_id": self.subscription_id,
            "scale_sets": self.scale_sets,
            "title": self.scenario.title,
            "hint": self.scenario.hint,
        }

    def start(self) -> None:
        """Serves in a background thread until `stop`."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self.serve_forever, name="simulator", daemon=True
                )
                self._thread.start()

    def serve_forever(self) -> None:
        """Serves in this thread; returns after `stop`, or after `idle_exit` without a request."""
        with self._lock:
            if self._service.stopping.is_set():
                return
            self._serving = True
        if self._idle_exit is not None:
            threading.Thread(target=self._stop_idle, name="simulator-idle", daemon=True).start()
        self._listener.serve_forever(poll_interval=0.1)
        self._listener.close()

    def stop(self) -> None:
        """Stops serving and closes every connection. A second call does nothing."""
        with self._lock:
            if self._service.stopping.is_set():
                return
            self._service.stopping.set()
        if self._serving:
            self._listener.shutdown()
        self._listener.close()

    def __enter__(self) -> "Simulator":
        """Starts it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it."""
        self.stop()

    def _stop_idle(self) -> None:
        limit = self._idle_exit or 0.0
        while not self._service.stopping.wait(min(1.0, limit / 4 + 0.01)):
            if time.monotonic() - self._service.last_request > limit:
                self.stop()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
