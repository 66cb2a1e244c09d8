"""Faults of the network: connections refused, broken or silent, and replies of a proxy."""

import socket
import ssl
from collections.abc import Callable
from unittest import mock

import requests

from tests.fault_table.fault import (
    WAITS,
    Fault,
    FaultMoment,
    Injection,
    Upgraded,
    on_list,
    on_model,
    on_operation,
    on_patch,
    on_post,
)
from tests.support.bench import Bench
from vmss_tui.upgrade.run.run import Stage

OTHER_HOST = "https://management.example.com/elsewhere"
RESEND_DELAY = (60.0, 80.0)
"""Seconds between a request whose reply was lost, without an effect, and its repetition."""


def disconnect_for(seconds: float) -> Injection:
    """Refuses every connection for so many run seconds."""

    def inject(bench: Bench) -> None:
        assert bench.relay is not None
        relay, end, before = bench.relay, bench.clock.run() + seconds, bench.clock.before_wait
        relay.close()
        back = False

        def before_wait() -> None:
            nonlocal back
            if not back and bench.clock.run() >= end:
                back = True
                relay.open()
            before()

        bench.clock.before_wait = before_wait

    return inject


def fail_name_resolution(bench: Bench) -> None:
    """Drops every connection; the host name cannot be resolved until the next wait."""
    assert bench.relay is not None
    bench.relay.drop()
    failure = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    patch = mock.patch("socket.getaddrinfo", side_effect=failure)
    patch.start()
    at_next_wait(bench, patch.stop)


def fail_tls(failure: ssl.SSLError) -> Injection:
    """Requests fail with this TLS error until the next wait."""

    def inject(bench: Bench) -> None:
        error = requests.exceptions.SSLError(failure)
        patch = mock.patch("requests.adapters.HTTPAdapter.send", side_effect=error)
        patch.start()
        at_next_wait(bench, patch.stop)

    return inject


def mute(bench: Bench) -> None:
    """Requests arrive and replies do not, until the next wait."""
    assert bench.relay is not None
    bench.relay.mute(True)
    at_next_wait(bench, lambda: unmute(bench))


def unmute(bench: Bench) -> None:
    assert bench.relay is not None
    bench.relay.mute(False)
    bench.relay.drop()


def at_next_wait(bench: Bench, do: Callable[[], object]) -> None:
    before = bench.clock.before_wait

    def before_wait() -> None:
        do()
        bench.clock.before_wait = before
        before()

    bench.clock.before_wait = before_wait


FAULTS = (
    Fault(
        name="refused connection for a request",
        moment=FaultMoment.AT_POST,
        inject=disconnect_for(25),
        seconds_between_posts=(25.0, 60.0),
    ),
    Fault(
        name="host name not found for a request",
        moment=FaultMoment.AT_POST,
        inject=fail_name_resolution,
    ),
    Fault(
        name="certificate not accepted for a request",
        moment=FaultMoment.AT_POST,
        inject=fail_tls(ssl.SSLCertVerificationError(1, "certificate verify failed")),
    ),
    Fault(
        name="tls session broken in a request",
        moment=FaultMoment.AT_POST,
        inject=fail_tls(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
        seconds_between_posts=RESEND_DELAY,
    ),
    Fault(name="offline for ten minutes from the start", inject=disconnect_for(600)),
    Fault(
        name="offline for ten minutes in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=disconnect_for(600),
    ),
    Fault(
        name="offline for ten minutes between batches",
        moment=FaultMoment.BETWEEN,
        inject=disconnect_for(600),
    ),
    Fault(
        name="request dropped before it arrived",
        inject=on_post(drop_before=True),
        posts=3,
        seconds_between_posts=RESEND_DELAY,
    ),
    Fault(name="answer dropped after the effect", inject=on_post(drop_after=True)),
    Fault(
        name="every answer dropped after the effect", inject=on_post(times=None, drop_after=True)
    ),
    Fault(
        name="every request dropped",
        inject=on_post(times=None, drop_before=True),
        ends="failure",
        upgraded=Upgraded.NOTHING,
        message="requested twice without a response or an effect",
        stages={Stage.FAILED: 4},
    ),
    Fault(
        name="model edit dropped before it arrived",
        inject=on_patch(drop_before=True),
        patches=2,
    ),
    Fault(name="answer to the model edit dropped", inject=on_patch(drop_after=True), patches=1),
    Fault(
        name="body of an answer cut",
        inject=on_post(cut=True, body={"properties": {"output": "x" * 64}}),
    ),
    Fault(name="body of a list cut", moment=FaultMoment.BATCH_OPEN, inject=on_list(cut=True)),
    Fault(
        name="body of a model cut", moment=FaultMoment.BETWEEN, inject=on_model(times=2, cut=True)
    ),
    Fault(
        name="proxy page in place of an answer",
        inject=on_post(html=True),
        posts=3,
        seconds_between_posts=RESEND_DELAY,
    ),
    Fault(name="proxy page after the effect", inject=on_post(html=True, done=True)),
    Fault(
        name="proxy page in place of a list", moment=FaultMoment.BETWEEN, inject=on_list(html=True)
    ),
    Fault(name="proxy page in place of a model", inject=on_model(html=True)),
    Fault(
        name="nothing but proxy pages",
        inject=on_list(times=None, html=True),
        ends=WAITS,
        upgraded=Upgraded.NOTHING,
        posts=0,
        limit=600.0,
    ),
    Fault(name="operation headers stripped", inject=on_post(times=None, strip_lro_headers=True)),
    Fault(
        name="request redirected to another host",
        inject=on_post(redirect=OTHER_HOST),
        posts=3,
        seconds_between_posts=RESEND_DELAY,
    ),
    Fault(name="list redirected to another host", inject=on_list(redirect=OTHER_HOST)),
    Fault(
        name="operation redirected to another host",
        inject=on_operation(redirect=OTHER_HOST),
    ),
    Fault(
        name="operation on another host",
        inject=on_post(
            times=None, headers={"Azure-AsyncOperation": OTHER_HOST, "Location": OTHER_HOST}
        ),
    ),
    Fault(
        name="silence in place of an answer",
        inject=on_post(hang=0.8),
        posts=3,
        seconds_between_posts=RESEND_DELAY,
    ),
    Fault(name="half-open connection after the effect", moment=FaultMoment.AT_POST, inject=mute),
    Fault(
        name="silence in place of a list", moment=FaultMoment.BATCH_OPEN, inject=on_list(hang=0.8)
    ),
    Fault(name="silence in place of an operation", inject=on_operation(times=2, hang=0.8)),
)
