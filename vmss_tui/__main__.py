"""The entry point of the program."""

import gc
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
    from vmss_tui.cli import program

    return program.main()


if __name__ == "__main__":
    sys.exit(main())
