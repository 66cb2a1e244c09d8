"""A TCP relay from a loopback port to a simulator, whose connections a test can interrupt."""

import contextlib
import re
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

_CHUNK = 1 << 16
_REQUEST = re.compile(rb"([A-Z]{3,7}) (\S+) HTTP/1.1\r\n.*?Authorization: Bearer (\S+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RelayedRequest:
    """A request that was on the wire."""

    at: float
    """Seconds of the monotonic clock."""
    method: str
    path: str
    token: str


class Relay:
    """A relay to one endpoint; after `close` and `open` it has the same port."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)
        self._open_sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._muted = False
        self._drip_interval = 0.0
        self._drip_trigger: tuple[str, float] | None = None
        self._closed = threading.Event()
        self.requests: list[RelayedRequest] = []
        """The requests that arrived, with the tokens they were sent with."""
        self.dripped = threading.Event()
        """Set once a byte of a response was forwarded slowly."""
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """Closes all connections and refuses new ones."""
        self._closed.set()
        with self._lock:
            # A blocked accept keeps a socket alive that is only closed.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            connections, self._open_sockets = self._open_sockets, set()
        for connection in connections:
            _end(connection)

    def open(self) -> None:
        """Listens again, at the same port."""
        self._closed.clear()
        self._listener = self._listen(self._port)

    def drop(self) -> None:
        """Closes all connections and accepts new ones."""
        self.close()
        self.open()

    def mute(self, muted: bool) -> None:
        """Half-open connections: requests are forwarded, responses are not."""
        self._muted = muted

    def drip(self, interval: float, from_path: str = "") -> None:
        """Forwards responses byte by byte, with so many seconds after each; 0 ends it.

        `from_path`: only from the next request on whose path contains this.
        """
        self._drip_trigger = (from_path, interval) if from_path else None
        if not from_path:
            self._drip_interval = interval

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=32)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._open_sockets |= {client, server}
            for direction in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._forward, args=direction, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, responses: bool) -> None:
        try:
            while chunk := source.recv(_CHUNK):
                if not responses and (match := _REQUEST.match(chunk)):
                    method, path, token = (part.decode() for part in match.groups())
                    self.requests.append(RelayedRequest(time.monotonic(), method, path, token))
                    if self._drip_trigger and self._drip_trigger[0] in path:
                        self.drip(self._drip_trigger[1])
                if responses and self._drip_interval:
                    self._send_slowly(chunk, target)
                elif not (responses and self._muted):
                    target.sendall(chunk)
        except OSError:
            pass
        for connection in (source, target):
            _end(connection)
            with self._lock:
                self._open_sockets.discard(connection)

    def _send_slowly(self, chunk: bytes, target: socket.socket) -> None:
        for position in range(len(chunk)):
            target.sendall(chunk[position : position + 1])
            self.dripped.set()
            if self._closed.wait(self._drip_interval):
                return


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
