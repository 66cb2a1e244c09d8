"""Hands over to the command line."""

import sys


def main() -> int:
    """The program; returns its exit code."""
    if sys.platform == "win32":
        sys.stderr.write("vmss-tui runs on Linux and macOS: on Windows, use it in WSL.\n")
        return 1
    from vmss_tui.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
