"""The entry point of the program."""

import gc
import io
import sys

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's default of 700 has the collector scan the objects of the libraries all the time: two
fifths of the dashboard's processor time."""


def main() -> int:
    """Runs the command line; returns its exit code."""
    if sys.platform == "win32":
        sys.stderr.write("vmss-tui runs on Linux and macOS: on Windows, use it in WSL.\n")
        return 1
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    _buffer_output()
    from vmss_tui.cli import program

    return program.main()


def _buffer_output() -> None:
    """Gives stdout and stderr the buffer that PYTHONUNBUFFERED or `python -u` take away: without
    it Python drops the rest of a write that a signal interrupts, such as SIGWINCH. Each line is
    still sent as it ends."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.RawIOBase):
            encoding, errors = stream.encoding, stream.errors
            buffer = io.BufferedWriter(stream.detach())
            buffered = io.TextIOWrapper(buffer, encoding, errors, line_buffering=True)
            setattr(sys, name, buffered)
            setattr(sys, f"__{name}__", buffered)


if __name__ == "__main__":
    sys.exit(main())
