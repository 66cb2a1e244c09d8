"""The names of the blobs.

| blob | content |
|---|---|
| `sets/DIGEST.json` | the worker that has, or had, the lease of a scale set |
| `runs/UTC-NAME/run.json` | the manifest |
| `runs/UTC-NAME/journal-0001.jsonl` | append blob, a block a record; continued in `-0002` |
| `runs/UTC-NAME/intents/000001.json` | one intent of a viewer |
| `runs/UTC-NAME/latest.json`, `preview.json` | newest reading, and what the heat map needs of it |
| `runs/UTC-NAME/stop.json` | why the last worker ended before the run |
"""

import hashlib
from datetime import datetime

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.run_records import run_folder_name, run_name_of

RUNS, SETS = "runs/", "sets/"
RECORDS_PER_BLOB = 40_000
"""Blocks after which a journal goes on in another blob; Azure allows 50,000."""


def set_blob(scale_set: ScaleSetId) -> str:
    """The blob whose lease is the lock of a scale set."""
    return f"{SETS}{hashlib.sha256(scale_set.key.encode()).hexdigest()[:32]}.json"


def run_name(folder: str) -> str:
    """The name of a run by its folder `runs/UTC-NAME/`."""
    return run_name_of(folder.removeprefix(RUNS).rstrip("/"))


def run_folder(name: str, now: datetime) -> str:
    """The folder of a run that begins at `now`."""
    return f"{RUNS}{run_folder_name(name, now)}/"


def folder_of(blob: str) -> str:
    """`runs/UTC-NAME/` of a blob in it."""
    return "/".join(blob.split("/", 2)[:2]) + "/"


def manifest_blob(folder: str) -> str:
    """The manifest of a run."""
    return f"{folder}run.json"


def journal_blob(folder: str, part: int) -> str:
    """A part of a run's journal, from 1."""
    return f"{folder}journal-{part:04d}.jsonl"


def intents_prefix(folder: str) -> str:
    """How the names of all intents for a run begin."""
    return f"{folder}intents/"


def intent_blob(folder: str, number: int) -> str:
    """An intent, from 1."""
    return f"{intents_prefix(folder)}{number:06d}.json"


def latest_blob(folder: str) -> str:
    """The worker's newest reading."""
    return f"{folder}latest.json"


def preview_blob(folder: str) -> str:
    """The preview of the heat map."""
    return f"{folder}preview.json"


def stop_blob(folder: str) -> str:
    """Why the last worker ended before its run."""
    return f"{folder}stop.json"
