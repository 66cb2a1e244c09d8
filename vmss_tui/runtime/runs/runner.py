"""The loop that calls the engine's `step` and carries out its commands.

The order matters. The sign-in comes before the reading; events are in the journal before a command
is sent; the answer is in the journal before anything else is read; a reading is used for one
decision only. An intent or a signal ends every wait and every reading at once, but not a write:
that ends by the deadline of the gateway.
"""

import threading
from collections.abc import Iterable, Sequence

from vmss_tui.errors import VmssError
from vmss_tui.gateway import Gateway, ReadCancelled
from vmss_tui.runtime.clock import Clock, estimate_run_time
from vmss_tui.runtime.evidence.collector import EvidenceCollector
from vmss_tui.runtime.observe.run_observer import RunObserver
from vmss_tui.runtime.operations.recorded_write import send_once
from vmss_tui.runtime.permission import is_other_principal
from vmss_tui.runtime.runs.gates import notify_of, start_gate
from vmss_tui.runtime.runs.model_check import ModelCheck
from vmss_tui.runtime.runs.recent_requests import RecentRequests
from vmss_tui.runtime.runs.write_events import (
    INTERRUPTED_MESSAGE,
    WriteIntent,
    batch_event,
    gate_event,
    model_event,
    not_sent_event,
    protect_failed,
)
from vmss_tui.runtime.storage.port import JournalWriter, RunStore, StoredRun
from vmss_tui.runtime.verdicts.run_samples import RunSamples
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.engine.step import Decision, event_for_intent, step
from vmss_tui.upgrade.run.fold import apply, fold
from vmss_tui.upgrade.run.run import Phase, Run

INTENT_INTERVAL = 0.25
"""Real seconds between two reads of the viewers' intents."""
_EVIDENCE_INTERVAL = 0.05
GATE_READ_INTERVAL = 30.0
"""Real seconds between two reads for viewers while a gate runs."""


class LockLost(VmssError):
    """This process has lost the lock of the scale set: it must not write any more."""


class Runner:
    """Carries out one run, from the state in its journal to its end."""

    def __init__(
        self,
        folder: StoredRun,
        journal: JournalWriter,
        gateway: Gateway,
        clock: Clock,
        store: RunStore,
        notify: Sequence[str] = (),
    ) -> None:
        """`notify` is the operator's command for checkpoints, halts and completion."""
        self._notify = tuple(notify)
        self._folder, self._journal = folder, journal
        journal.is_interrupted = lambda: self.is_stopping
        self._gateway, self._clock = gateway, clock
        self.run: Run = fold(journal.contents.records)
        self._observer = RunObserver(folder, gateway, clock, store.state_folder)
        self._stop = threading.Event()
        self._is_signalled = False
        self._intents_size = 0
        """Bytes of the intents that were handled."""
        self._offset = estimate_run_time(self.run.t, self.run.changed_at, clock) - clock.run()
        self._model_check = ModelCheck(gateway)
        set_id, context = folder.manifest.plan.scale_set, folder.manifest.context
        self.evidence = EvidenceCollector(folder, gateway, clock, journal.contents.records)
        self._samples = RunSamples(folder.name, folder.manifest.plan, gateway, clock)
        self._recent_requests = RecentRequests(store, set_id, clock, context, folder.name)

    def stop(self) -> None:
        """Makes the loop return after its current step; the run can be resumed."""
        self._stop.set()

    def stop_by_signal(self) -> None:
        """As `stop`, for a signal handler: locks nothing that the interrupted code may hold."""
        self._is_signalled = True

    def record(self, events: Iterable[ev.AnyEvent]) -> None:
        """Records events: those before the first reading, and those from beside the loop."""
        for event in events:
            self._record(event)

    def loop(self) -> Run:
        """Returns when the run has ended, or after `stop`. Raises `JournalError`, `LockLost`."""
        with self._gateway.cancellation.watching(self._is_interrupted):
            try:
                return self._loop()
            finally:
                self._samples.cancel()
                if self.run.phase is not Phase.FAULTED or self.is_stopping:
                    self.evidence.cancel()

    def _loop(self) -> Run:
        pause = 0.0
        while not self.is_stopping:
            self._handle_intents()
            self._record_results()
            if self._stays_ended() or not self._wait(pause):
                break
            reading, pause = self._read()
            decision = self._decide(reading)
            if decision.command is not None and (halt := self._check_before_write()):
                decision = Decision((halt,))
            for event in decision.events:
                self._record(event)
            command = decision.command
            if isinstance(command, ev.GateStarted):
                self._run_gate(command)
            elif command is not None:
                self._record(self._refuse_outdated(command, reading) or self._send(command))
            if decision.events:
                pause = self._observer.pause_after_decision(self.run)
        return self.run

    def _stays_ended(self) -> bool:
        """Whether the run has ended. Intents are handled while the first look at a halt takes."""
        while self.run.phase is Phase.FAULTED and self.evidence.is_busy and not self.is_stopping:
            self._stop.wait(_EVIDENCE_INTERVAL)
            self._handle_intents()
            self._record_results()
        return self.run.ended

    def _record_results(self) -> None:
        """Records what the looks at halts and pauses have found, and samples, since the last
        call."""
        if self.evidence.is_pending:
            self.record(self.evidence.take(self.run_time(), self.run))
        self.record(self._samples.take(self.run, self.run_time()))

    @property
    def is_stopping(self) -> bool:
        """A signal or `stop` ends the worker."""
        return self._is_signalled or self._stop.is_set()

    def _is_interrupted(self) -> bool:
        """Something came that the loop must handle first."""
        return self.is_stopping or self._folder.intents_size > self._intents_size

    def _decide(self, reading: Reading | None) -> Decision:
        """The next step. Intents and samples that came during the read are handled first."""
        self._handle_intents()
        self._record_results()
        decision = step(self.run, reading, self._now())
        if decision.needs_observation and reading is not None:
            try:
                observed = self._observer.with_rolling_upgrade(reading, self.run)
            except ReadCancelled:
                return Decision()
            self._handle_intents()
            decision = step(self.run, observed, self._now())
        return decision

    def _check_before_write(self) -> ev.Halted | None:
        """A halt where a write would be sent as another principal than confirmed; raises
        `LockLost`."""
        self._check_lock()
        confirmed, current = self._folder.manifest.context, self._observer.context
        if current is None or not is_other_principal(confirmed, current, is_signed_in=True):
            return None
        return ev.Halted(
            reason="not signed in",
            message=f"the run was confirmed as {confirmed.principal}, and the sign-in is "
            f"{current.principal or 'not known'} now",
            safe_next="sign in as before and resume, or plan a new run",
        )

    def _check_lock(self) -> None:
        if not self._folder.lock.is_owned:
            raise LockLost(f"{self._folder.name}: its lock is lost, another worker may be running")

    def _refuse_outdated(self, command: WriteIntent, reading: Reading | None) -> ev.AnyEvent | None:
        """The refusal of a command whose decision may be outdated, None where it is valid.

        After this nothing blocks until the request is sent.
        """
        window = self._folder.manifest.plan.policy.settle_window
        if isinstance(command, ev.BatchIntent) and (
            recent := self._recent_requests.find_latest(window)
        ):
            message = f"{recent[0].description} was requested a moment ago, and may not show yet"
            return not_sent_event(command, f"Not sent: {message}.", recent[1])
        if reading is None or not self._is_still_valid(command, reading):
            return not_sent_event(command)
        if self._is_interrupted():
            return not_sent_event(command, INTERRUPTED_MESSAGE)
        self._check_lock()
        return None

    def _is_still_valid(self, command: WriteIntent, reading: Reading) -> bool:
        """The reading is recent, even where this machine was suspended meanwhile, and the set is
        as it was."""
        if isinstance(command, ev.BatchIntent) and self._model_check.has_moved(
            reading, self.run.pinned_digest
        ):
            return False
        return reading.is_fresh(self._now())

    def _send(self, command: WriteIntent) -> ev.AnyEvent:
        """Sends the request once. The intent is in the journal; the returned event comes next."""
        scale_set = self._folder.manifest.plan.scale_set
        match command:
            case ev.QuarantineIntent():
                return protect_failed(self._gateway, scale_set, command)
            case ev.ModelIntent(body=body, if_match=if_match, client_request_id=request_id):
                return model_event(
                    send_once(lambda: self._gateway.patch(scale_set, body, if_match, request_id))
                )
            case ev.BatchIntent(instance_ids=ids, client_request_id=request_id):
                return batch_event(
                    command,
                    send_once(lambda: self._gateway.upgrade(scale_set, ids, request_id)),
                )

    def _run_gate(self, started: ev.GateStarted) -> None:
        """Runs the operator's command; meanwhile handles intents and reads for viewers.

        Where the run ends or the worker stops, the gate is killed; it runs again after a resume.
        """
        plan, latest = self._folder.manifest.plan, self._observer.latest
        gate = start_gate(self._folder.name, plan, started, latest)
        if isinstance(gate, ev.GateFailed):
            self._record(gate)
            return
        read_at = self._clock.real()
        while (result := gate.wait(INTENT_INTERVAL)) is None:
            self._handle_intents()
            self._record_results()
            if self.is_stopping or self.run.ended:
                gate.kill()
                return
            if self._clock.real() - read_at > GATE_READ_INTERVAL:
                self._read()
                read_at = self._clock.real()
        self._record(gate_event(started.number, result))

    def _read(self) -> tuple[Reading | None, float]:
        """A reading (None where it failed), and the run seconds until the next one is due."""
        result = self._observer.read(self.run, self.run_time)
        if result.halt is not None:
            self._record(result.halt)
        if self._observer.demo_is_gone:
            self._stop.set()
        return result.reading, result.pause

    def _handle_intents(self) -> None:
        """Records the effect of each new intent, and that it was handled."""
        self._intents_size = self._folder.intents_size
        intents = self._folder.read_intents()
        withdrawn_ids = {intent.withdrawn_id for intent in intents if intent.withdrawn_id}
        for number, intent in enumerate(
            intents[self.run.intents_handled :], self.run.intents_handled + 1
        ):
            event = None if intent.id in withdrawn_ids else event_for_intent(self.run, intent)
            if event is not None:
                self._record(event)
            self._record(ev.IntentHandled(number=number, kind=intent.kind, by=intent.by))

    def _wait(self, pause: float) -> bool:
        """Waits for these run seconds, or until an intent had an effect; False ends the loop."""
        deadline = self._clock.run() + pause
        while (remaining := deadline - self._clock.run()) > 0:
            rate = self._clock.rate() or 1.0
            if self._clock.wait(self._stop, min(remaining, INTENT_INTERVAL * rate)):
                return False
            if self._is_signalled:
                return False
            self._record_results()
            seq_before = self.run.seq
            self._handle_intents()
            if self.run.ended:
                return False
            if self.run.seq != seq_before:
                return True
        return True

    def _record(self, event: ev.AnyEvent) -> None:
        """Appends the event to the journal, and then applies it."""
        record = self._journal.append(event, self._clock.wall(), self.run_time())
        self.run = apply(self.run, record)
        self.evidence.note(record, self.run)
        notify_of(event, self._notify, self._folder.name, self.run)

    def run_time(self) -> float:
        """Seconds on the run's own clock."""
        return max(self.run.t, self._clock.run() + self._offset)

    def _now(self) -> Moment:
        return Moment(self.run_time(), self._clock.real())
