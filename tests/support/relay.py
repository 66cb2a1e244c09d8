"""A TCP relay from a loopback port to a simulator, whose connections a test can interrupt."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

_CHUNK = 1 << 16


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
        self._closed = threading.Event()
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

    def drip(self, interval: float) -> None:
        """Forwards responses byte by byte, with so many seconds after each; 0 ends it."""
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
            if self._closed.wait(self._drip_interval):
                return


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
