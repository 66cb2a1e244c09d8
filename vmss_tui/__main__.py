"""The entry point of the program."""

import sys


def main() -> int:
    """Runs the command line; returns its exit code."""
    if sys.platform == "win32":
        sys.stderr.write("vmss-tui runs on Linux and macOS: on Windows, use it in WSL.\n")
        return 1
    from vmss_tui.cli import program

    return program.main()


if __name__ == "__main__":
    sys.exit(main())
