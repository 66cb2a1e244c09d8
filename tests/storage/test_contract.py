"""The simulator's blob endpoint answers as Azurite does, through the program's own client."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.azurite import AZURITE_TIMEOUT, TestCredential, run_azurite
from vmss_tui.arm.blobs import container_client
from vmss_tui.gateway.blobs import BlobContainer, BlobRefused
from vmss_tui.simulator.storage.server import StorageServer

ANA, BEN = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
EXPECTED = [
    ("create", True),
    ("create again", False),
    ("lease", None),
    ("same id again", None),
    ("held", "LeaseAlreadyPresent"),
    ("too short", "InvalidHeaderValue"),
    ("write without lease", "LeaseIdMissing"),
    ("write with another", "LeaseIdMismatchWithBlobOperation"),
    ("write with it", True),
    ("renew another", "LeaseIdMismatchWithLeaseOperation"),
    ("renew", None),
    ("listed", [("sets/a.json", 3, True)]),
    ("break", None),
    ("renew broken", "LeaseIsBrokenAndCannotBeRenewed"),
    ("taken over", None),
    ("release", None),
    ("break none", None),
    ("journal", True),
    ("journal again", False),
    ("first block", None),
    ("replay", "AppendPositionConditionNotMet"),
    ("second block", None),
    ("lease journal", None),
    ("append without lease", "LeaseIdMissing"),
    ("append of another", "LeaseIdMismatchWithBlobOperation"),
    ("append with it", None),
    ("tail", b"cde"),
    ("past the end", b""),
    ("missing", None),
    ("append to none", "BlobNotFound"),
    ("append to a block blob", "InvalidBlobType"),
    ("lease none", "BlobNotFound"),
    ("delete leased", "LeaseIdMissing"),
    ("delete", None),
    ("delete again", None),
    ("all", ["runs/x/journal", "sets/a.json"]),
]


def answers(container: BlobContainer) -> list[tuple[str, object]]:
    """What a fixed sequence of operations returns, or the code with which it is refused."""
    results: list[tuple[str, object]] = []

    def note(name: str, call: Callable[[], object]) -> None:
        try:
            results.append((name, call()))
        except BlobRefused as refusal:
            results.append((name, refusal.code))

    blob, journal = "sets/a.json", "runs/x/journal"
    note("create", lambda: container.write(blob, b"{}", only_new=True))
    note("create again", lambda: container.write(blob, b"{}", only_new=True))
    note("lease", lambda: container.acquire_lease(blob, ANA, 60))
    note("same id again", lambda: container.acquire_lease(blob, ANA, 60))
    note("held", lambda: container.acquire_lease(blob, BEN, 60))
    note("too short", lambda: container.acquire_lease(blob, ANA, 10))
    note("write without lease", lambda: container.write(blob, b"x"))
    note("write with another", lambda: container.write(blob, b"x", lease_id=BEN))
    note("write with it", lambda: container.write(blob, b"ana", lease_id=ANA))
    note("renew another", lambda: container.renew_lease(blob, BEN))
    note("renew", lambda: container.renew_lease(blob, ANA))
    note("listed", lambda: [(i.name, i.size, i.is_leased) for i in container.list("sets/")])
    note("break", lambda: container.break_lease(blob))
    note("renew broken", lambda: container.renew_lease(blob, ANA))
    note("taken over", lambda: container.acquire_lease(blob, BEN, 60))
    note("release", lambda: container.release_lease(blob, BEN))
    note("break none", lambda: _break_or_none(container, blob))
    note("journal", lambda: container.create_append_blob(journal))
    note("journal again", lambda: container.create_append_blob(journal))
    note("first block", lambda: container.append(journal, b"ab", 0, ""))
    note("replay", lambda: container.append(journal, b"ab", 0, ""))
    note("second block", lambda: container.append(journal, b"cd", 2, ""))
    note("lease journal", lambda: container.acquire_lease(journal, ANA, 60))
    note("append without lease", lambda: container.append(journal, b"e", 4, ""))
    note("append of another", lambda: container.append(journal, b"e", 4, BEN))
    note("append with it", lambda: container.append(journal, b"e", 4, ANA))
    note("tail", lambda: _data(container, journal, 2))
    note("past the end", lambda: _data(container, journal, 5))
    note("missing", lambda: container.read("runs/y/journal"))
    note("append to none", lambda: container.append("runs/y/journal", b"e", 0, ""))
    note("append to a block blob", lambda: container.append(blob, b"e", 0, ""))
    note("lease none", lambda: container.acquire_lease("runs/y/journal", ANA, 60))
    container.write("runs/x/latest", b"{}")
    container.acquire_lease("runs/x/latest", ANA, 60)
    note("delete leased", lambda: container.delete("runs/x/latest"))
    container.release_lease("runs/x/latest", ANA)
    note("delete", lambda: container.delete("runs/x/latest"))
    note("delete again", lambda: container.delete("runs/x/latest"))
    note("all", lambda: [item.name for item in container.list("")])
    return results


def _break_or_none(container: BlobContainer, blob: str) -> None:
    """A lease that was released is not present any more: refused, or broken without effect."""
    with suppress(BlobRefused):
        container.break_lease(blob)


def _data(container: BlobContainer, name: str, offset: int) -> bytes:
    content = container.read(name, offset)
    assert content is not None
    return content.data


def test_the_simulators_storage_answers_as_expected() -> None:
    with StorageServer() as server:
        container = container_client.connect_container(server.url)
        assert answers(container) == EXPECTED
        container.close()


@pytest.mark.timeout(AZURITE_TIMEOUT)
def test_azurite_answers_the_same_and_an_expired_lease_may_be_renewed_or_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_client, "create_credential", lambda *_, **__: TestCredential())
    with run_azurite(tmp_path) as azurite:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azurite.certificate))
        container = container_client.connect_container(azurite.create_container("contract"))
        assert answers(container) == EXPECTED
        container.write("sets/b.json", b"{}", only_new=True)
        container.acquire_lease("sets/b.json", ANA, 15)
        container.acquire_lease("sets/a.json", ANA, 15)
        wait_until_unleased(container, "sets/b.json")
        container.renew_lease("sets/a.json", ANA)
        container.acquire_lease("sets/b.json", BEN, 15)
        with pytest.raises(BlobRefused, match="LeaseIdMismatchWithLeaseOperation"):
            container.renew_lease("sets/b.json", ANA)
        container.close()


def wait_until_unleased(container: BlobContainer, name: str) -> None:
    """Waits for the end of a lease of 15 s, the shortest that there is."""
    pause = threading.Event()
    for _ in range(200):
        if not any(item.is_leased for item in container.list(name)):
            return
        pause.wait(0.2)
    raise AssertionError("the lease does not end")
