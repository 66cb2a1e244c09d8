"""A wire that can be cut: forwards a loopback port to a simulator, until it is taken away.

What stands behind it never notices; what stands before it is refused, or loses its connections.
"""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

_PIECE = 1 << 16


class Relay:
    """One port in front of one endpoint; closed and opened again, it is the same port."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        assert parts.hostname is not None
        assert parts.port is not None
        self._behind = (parts.hostname, parts.port)
        self._live: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._muted = False
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]

    @property
    def endpoint(self) -> str:
        """Where it listens while it is open."""
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """Nobody is there any more: connections break and new ones are refused."""
        with self._lock:
            # A blocked accept keeps a socket alive that is only closed.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            live, self._live = self._live, set()
        for each in live:
            _end(each)

    def open(self) -> None:
        """It is there again, at the same port."""
        self._listener = self._listen(self._port)

    def drop(self) -> None:
        """Every connection breaks; new ones are taken."""
        self.close()
        self.open()

    def mute(self, muted: bool) -> None:
        """Half-open: what is asked arrives, what is answered does not."""
        self._muted = muted

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=32)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._behind)
            except OSError:
                return
            with self._lock:
                self._live |= {near, far}
            for ends in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while piece := source.recv(_PIECE):
                if not (answers and self._muted):
                    target.sendall(piece)
        except OSError:
            pass
        for each in (source, target):
            _end(each)
            with self._lock:
                self._live.discard(each)


def _end(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
