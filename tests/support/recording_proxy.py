"""A proxy that forwards nothing and records what was asked of it."""

import socket
import threading

VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
EXCEPTIONS = ("no_proxy", "NO_PROXY")


class RecordingProxy:
    """Accepts connections on loopback, records the first line of each, and closes it."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make programs use it, for every host."""
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        names = [*VARIABLES, *(name.upper() for name in VARIABLES)]
        return dict.fromkeys(names, url) | dict.fromkeys(EXCEPTIONS, "")

    def close(self) -> None:
        """Ends it."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    line = connection.recv(4096).partition(b"\r\n")[0]
                except OSError:
                    line = b""
                self.requests.append(line.decode("latin-1"))
