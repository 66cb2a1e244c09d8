"""Takes the measurements and prints them; ends with 1 where a target is missed."""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterable, Sequence

from tests.benchmarks import (
    azure_cli,
    bytes_sent,
    campaign,
    engine,
    estate,
    first_row,
    journal,
    keys,
    listing,
    reading,
    screen,
    startup,
    team_store,
)
from tests.benchmarks.rows import Row

MODULES: dict[str, Callable[[], Iterable[Row]]] = {
    "startup": startup.rows,
    "az": azure_cli.rows,
    "first-row": first_row.rows,
    "reading": reading.rows,
    "engine": engine.rows,
    "journal": journal.rows,
    "screen": screen.rows,
    "keys": keys.rows,
    "bytes": bytes_sent.rows,
    "listing": listing.rows,
    "estate": estate.rows,
    "campaign": campaign.rows,
    "store": team_store.rows,
}
"""Name on the command line -> what measures."""


def main(arguments: Sequence[str]) -> int:
    """`[--json] [NAME ...]`."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON array on stdout")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MODULES))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(MODULES):
        parser.error(f"no measurement {', '.join(sorted(unknown))}")
    gc.collect()
    gc.freeze()  # as the program does once the SDK is imported
    rows: list[Row] = []
    for name in options.names or MODULES:
        for row in MODULES[name]():
            rows.append(row)
            if not options.json:
                sys.stdout.write(row.as_line(54) + "\n")
                sys.stdout.flush()
    if options.json:
        sys.stdout.write(json.dumps([row.as_json() for row in rows], indent=1) + "\n")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
