"""Runs each HTTP request in another thread, so that it ends in time whatever the peer does.

The timeouts of a socket count the silence before the next byte: a peer that sends one byte a second
keeps a request for hours, and the look-up of a name cannot be interrupted at all. Here the caller
waits for the thread, and abandons it at the deadline or when the request is cancelled. The socket
is then shut down, and the thread cannot begin to send any more.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.poolmanager import PoolManager
from urllib3.util import Retry

from vmss_tui.gateway.background_call import BackgroundCall

T = TypeVar("T")


class DeadlinePassed(Exception):
    """A request did not finish in time."""

    def __init__(self, seconds: float, *, is_sent: bool) -> None:
        super().__init__(f"did not finish within {seconds:.0f} s")
        self.is_sent = is_sent
        """Some of it may have left this machine."""


class _Exchange:
    """One request: the connection that carries it, and whether it is still wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._is_abandoned = False
        self._is_sent = False
        self.is_connecting = False

    def attach(self, connection: HTTPConnection, *, sends: bool = False) -> None:
        """Notes the connection; raises where the request was abandoned.

        `sends`: bytes follow. Those with which a proxy opens a tunnel are not the request's.
        """
        with self._lock:
            if self._is_abandoned:
                raise ConnectionAbortedError("the request was cancelled")
            self._connection = connection
            if sends and not self.is_connecting:
                self._is_sent = True

    def abandon(self) -> bool:
        """Ends the request; True where some of it may have been sent."""
        with self._lock:
            self._is_abandoned = True
            connection, is_sent = self._connection, self._is_sent
        sock: Any = connection.sock if connection is not None else None
        with contextlib.suppress(OSError):
            if isinstance(sock, socket.socket):
                # Not the method of TLS sockets, which changes their state below a reading thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            elif sock is not None:
                sock.close()
        return is_sent


_current = threading.local()
"""Attribute `exchange`: the one that this thread carries out."""


class _TrackedConnection(HTTPConnection):
    """A connection that reports to the exchange of its thread."""

    def connect(self) -> None:
        """Connects, and negotiates TLS where it is used."""
        exchange: _Exchange = _current.exchange
        exchange.attach(self)
        exchange.is_connecting = True
        try:
            super().connect()
        finally:
            exchange.is_connecting = False

    def send(self, data: Any) -> None:
        """Sends some bytes of a request."""
        if self.sock is None:
            self.connect()
        exchange: _Exchange = _current.exchange
        exchange.attach(self, sends=True)
        super().send(data)


def _track(manager: PoolManager) -> PoolManager:
    """Makes the manager's connections report, also those through a SOCKS proxy."""
    manager.pool_classes_by_scheme = {
        scheme: _tracked_pool(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }
    return manager


def _tracked_pool(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = pool.ConnectionCls
    if issubclass(connection, _TrackedConnection):
        return pool
    tracked = type(connection.__name__, (_TrackedConnection, connection), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": tracked})


class _TrackingAdapter(HTTPAdapter):
    """Sends requests over tracked connections."""

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Called by the base class's constructor."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        _track(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """The manager of connections through a proxy."""
        return _track(super().proxy_manager_for(proxy, **proxy_kwargs))


def tracked_session(*, use_env_settings: bool) -> requests.Session:
    """A session for the SDK's transport; its requests are sent by `run_exchange` only.

    `use_env_settings` takes proxies and certificates from environment variables.
    """
    session = requests.Session()
    session.trust_env = use_env_settings
    never = Retry(total=False, redirect=False, raise_on_status=False)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _TrackingAdapter(max_retries=never))
    return session


def run_exchange(
    call: Callable[[], T], seconds: float, is_cancelled: Callable[[], bool] = lambda: False
) -> T:
    """Calls `call`, which sends one request, in a thread; returns or raises what it does.

    Raises `DeadlinePassed` after `seconds`, and `Cancelled` where `is_cancelled` returns true.
    """
    exchange = _Exchange()

    def carry_out() -> T:
        _current.exchange = exchange
        try:
            return call()
        finally:
            del _current.exchange

    background = BackgroundCall(carry_out, "exchange")
    try:
        if not background.wait(seconds, is_cancelled):
            raise DeadlinePassed(seconds, is_sent=exchange.abandon())
    finally:  # after a signal, too
        if not background.is_finished:
            exchange.abandon()
    return background.result()
