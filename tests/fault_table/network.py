"""Between us and Azure: refused, broken, silent, or somebody else answers."""

import socket
import ssl
from collections.abc import Callable
from unittest import mock

import requests

from tests.fault_table.fault import (
    WAITS,
    Done,
    Fault,
    Strike,
    When,
    on_list,
    on_model,
    on_operation,
    on_patch,
    on_post,
)
from tests.support.bench import Bench
from vmss_tui.upgrade.run.run import Stage

FOREIGN = "https://management.example.com/elsewhere"
LOST = (60.0, 80.0)
"""Between a request whose answer was lost, without an effect, and its repetition."""


def _offline_for(seconds: float) -> Strike:
    """Nobody is there; back after so many run seconds."""

    def strike(bench: Bench) -> None:
        assert bench.relay is not None
        relay, until, before = bench.relay, bench.clock.run() + seconds, bench.clock.before_wait
        relay.close()
        back = False

        def before_wait() -> None:
            nonlocal back
            if not back and bench.clock.run() >= until:
                back = True
                relay.open()
            before()

        bench.clock.before_wait = before_wait

    return strike


def _no_such_name(bench: Bench) -> None:
    """Every connection is gone, and the name of the host is not found until a later wait."""
    assert bench.relay is not None
    bench.relay.drop()
    failure = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    patch = mock.patch("socket.getaddrinfo", side_effect=failure)
    patch.start()
    _at_the_next_wait(bench, patch.stop)


def _tls(failure: ssl.SSLError) -> Strike:
    """The next request ends in this."""

    def strike(bench: Bench) -> None:
        error = requests.exceptions.SSLError(failure)
        patch = mock.patch("requests.adapters.HTTPAdapter.send", side_effect=error)
        patch.start()
        _at_the_next_wait(bench, patch.stop)

    return strike


def _mute(bench: Bench) -> None:
    """What is sent arrives, and nothing comes back, until a later wait."""
    assert bench.relay is not None
    bench.relay.mute(True)
    _at_the_next_wait(bench, lambda: _hear(bench))


def _hear(bench: Bench) -> None:
    assert bench.relay is not None
    bench.relay.mute(False)
    bench.relay.drop()


def _at_the_next_wait(bench: Bench, do: Callable[[], object]) -> None:
    before = bench.clock.before_wait

    def before_wait() -> None:
        do()
        bench.clock.before_wait = before
        before()

    bench.clock.before_wait = before_wait


FAULTS = (
    Fault(
        name="refused connection for a request",
        when=When.AT_POST,
        strike=_offline_for(25),
        apart=(25.0, 60.0),
    ),
    Fault(name="host name not found for a request", when=When.AT_POST, strike=_no_such_name),
    Fault(
        name="certificate not accepted for a request",
        when=When.AT_POST,
        strike=_tls(ssl.SSLCertVerificationError(1, "certificate verify failed")),
    ),
    Fault(
        name="tls session broken in a request",
        when=When.AT_POST,
        strike=_tls(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
        apart=LOST,
    ),
    Fault(name="offline for ten minutes from the start", strike=_offline_for(600)),
    Fault(
        name="offline for ten minutes in mid operation",
        when=When.BATCH_OPEN,
        strike=_offline_for(600),
    ),
    Fault(
        name="offline for ten minutes between batches",
        when=When.BETWEEN,
        strike=_offline_for(600),
    ),
    Fault(
        name="request dropped before it arrived",
        strike=on_post(drop_before=True),
        posts=3,
        apart=LOST,
    ),
    Fault(name="answer dropped after the effect", strike=on_post(drop_after=True)),
    Fault(
        name="every answer dropped after the effect", strike=on_post(times=None, drop_after=True)
    ),
    Fault(
        name="every request dropped",
        strike=on_post(times=None, drop_before=True),
        ends="failure",
        done=Done.NOTHING,
        message="asked twice without an answer or an effect",
        stages={Stage.FAILED: 4},
    ),
    Fault(
        name="model edit dropped before it arrived",
        strike=on_patch(drop_before=True),
        patches=2,
    ),
    Fault(name="answer to the model edit dropped", strike=on_patch(drop_after=True), patches=1),
    Fault(
        name="body of an answer cut",
        strike=on_post(cut=True, body={"properties": {"output": "x" * 64}}),
    ),
    Fault(name="body of a list cut", when=When.BATCH_OPEN, strike=on_list(cut=True)),
    Fault(name="body of a model cut", when=When.BETWEEN, strike=on_model(times=2, cut=True)),
    Fault(
        name="proxy page in place of an answer",
        strike=on_post(html=True),
        posts=3,
        apart=LOST,
    ),
    Fault(name="proxy page after the effect", strike=on_post(html=True, done=True)),
    Fault(name="proxy page in place of a list", when=When.BETWEEN, strike=on_list(html=True)),
    Fault(name="proxy page in place of a model", strike=on_model(html=True)),
    Fault(
        name="nothing but proxy pages",
        strike=on_list(times=None, html=True),
        ends=WAITS,
        done=Done.NOTHING,
        posts=0,
        limit=600.0,
    ),
    Fault(name="operation headers stripped", strike=on_post(times=None, strip_lro_headers=True)),
    Fault(
        name="request redirected to another host",
        strike=on_post(redirect=FOREIGN),
        posts=3,
        apart=LOST,
    ),
    Fault(name="list redirected to another host", strike=on_list(redirect=FOREIGN)),
    Fault(
        name="operation redirected to another host",
        strike=on_operation(redirect=FOREIGN),
    ),
    Fault(
        name="operation on another host",
        strike=on_post(times=None, headers={"Azure-AsyncOperation": FOREIGN, "Location": FOREIGN}),
    ),
    Fault(name="silence in place of an answer", strike=on_post(hang=0.8), posts=3, apart=LOST),
    Fault(name="half-open connection after the effect", when=When.AT_POST, strike=_mute),
    Fault(name="silence in place of a list", when=When.BATCH_OPEN, strike=on_list(hang=0.8)),
    Fault(name="silence in place of an operation", strike=on_operation(times=2, hang=0.8)),
)
