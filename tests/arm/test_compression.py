"""Packed bodies: what is in them, what is refused, and pages that come again as they were."""

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bench import Bench
from tests.support.measurement import at_most
from vmss_tui.arm.resources import instances as members
from vmss_tui.arm.transport import compression
from vmss_tui.arm.transport.compression import BodyTooLarge, decompress
from vmss_tui.arm.wire.compute import InstancePageWire
from vmss_tui.arm.wire.decode import decode

WORDS = b'{"value": []}' * 50


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        pytest.param(WORDS, "", id="unsaid"),
        pytest.param(WORDS, "identity", id="as it is"),
        pytest.param(gzip.compress(WORDS), "gzip", id="gzip"),
        pytest.param(gzip.compress(WORDS), " GZIP ", id="in capitals"),
        pytest.param(
            gzip.compress(WORDS[:100]) + gzip.compress(WORDS[100:]), "x-gzip", id="two members"
        ),
        pytest.param(zlib.compress(WORDS), "deflate", id="zlib"),
        pytest.param(b"", "gzip", id="nothing"),
    ],
)
def test_a_body_is_unpacked_as_its_header_says(packed: bytes, encoding: str) -> None:
    assert decompress(packed, encoding) == (WORDS if packed else b"")


@pytest.mark.parametrize(
    ("packed", "encoding", "message"),
    [
        pytest.param(WORDS, "gzip", "not encoded as declared", id="not packed"),
        pytest.param(gzip.compress(WORDS)[:-9], "gzip", "is truncated", id="cut off"),
        pytest.param(
            gzip.compress(WORDS)[:-8] + b"\0" * 8, "gzip", "not encoded as declared", id="checksum"
        ),
        pytest.param(
            gzip.compress(WORDS) + b"more", "gzip", "not encoded as declared", id="and more"
        ),
        pytest.param(WORDS, "snappy", "not requested", id="another packing"),
    ],
)
def test_a_body_that_is_not_what_its_header_says_is_refused(
    packed: bytes, encoding: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        decompress(packed, encoding)


def test_no_more_is_unpacked_than_any_answer_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MAX_BODY_SIZE", 1000)
    assert len(decompress(gzip.compress(b" " * 1000), "gzip")) == 1000
    with pytest.raises(BodyTooLarge):
        decompress(gzip.compress(b" " * 1001), "gzip")
    with pytest.raises(BodyTooLarge):
        decompress(gzip.compress(b" " * 600) * 2, "gzip")


def test_a_body_of_empty_parts_is_refused_at_once() -> None:
    part = gzip.compress(b"", mtime=0)
    packed = part * ((8 << 20) // len(part))
    with at_most(0.5, "8 MiB of empty parts"), pytest.raises(ValueError, match="more than 100"):
        decompress(packed, "gzip")


@given(cuts=st.lists(st.integers(0, len(WORDS)), max_size=compression.MAX_MEMBERS - 1))
def test_a_body_in_several_parts_is_unpacked_whole(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(WORDS)]
    parts = [gzip.compress(WORDS[start:end], mtime=0) for start, end in pairwise(ends)]
    assert decompress(b"".join(parts), "gzip") == WORDS


def test_a_body_longer_than_a_window_is_unpacked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_WINDOW", 7)
    packed = gzip.compress(WORDS) + gzip.compress(WORDS)
    assert decompress(packed, "gzip") == WORDS * 2
    with pytest.raises(ValueError, match="is truncated"):
        decompress(packed[:-3], "gzip")


def test_only_pages_that_differ_are_unpacked_and_decoded(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench("thousand", page_size=100)
    before = bench.gateway.observe(bench.set_id)
    decoded: list[int] = []

    def noted(body: bytes, shape: type[InstancePageWire]) -> InstancePageWire:
        decoded.append(len(body))
        return decode(body, shape)

    monkeypatch.setattr(members, "decode", noted)
    after = bench.gateway.observe(bench.set_id)
    assert decoded == []
    assert [id(instance) for instance in after.instances] == [
        id(instance) for instance in before.instances
    ]
    bench.gateway.prepare_write()
    bench.gateway.upgrade(bench.set_id, ["0"], "r")
    changed = bench.gateway.observe(bench.set_id)
    assert len(decoded) == 1
    assert [
        instance.instance_id for instance in changed.instances if instance not in before.instances
    ] == ["0"]
