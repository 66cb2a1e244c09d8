"""The cache of mypy, kept for other checkouts on this machine: without it mypy takes a minute."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs


def kept_cache() -> Path:
    """Where the cache is kept, outside the repository."""
    return Path(platformdirs.user_cache_dir("vmss-tui-tests")) / "mypy"


@contextmanager
def mypy_cache(cache: Path, kept: Path) -> Iterator[None]:
    """Begins a cache that does not exist with the kept one; keeps it where no error was raised.

    Mypy takes of a cache only what is true of the sources as they are.
    """
    if not cache.exists():
        with _lock(kept):
            if kept.exists():
                shutil.copytree(kept, cache)
    yield
    with _lock(kept):
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(cache, kept)


@contextmanager
def _lock(kept: Path) -> Iterator[None]:
    """One test run at a time copies."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
