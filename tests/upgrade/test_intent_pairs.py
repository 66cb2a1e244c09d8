"""Every intent in every state of a run, and then every other: each state can be left honestly."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.pin_model import hopeless_edit
from vmss_tui.upgrade.engine.revert import retry_unavailable_reason, revert_unavailable_reason
from vmss_tui.upgrade.engine.step import event_for_intent
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run, Stage

INTENTS = (
    IntentKind.PAUSE,
    IntentKind.RESUME,
    IntentKind.PROMOTE,
    IntentKind.END_WAIT,
    IntentKind.ABORT,
    IntentKind.RETRY,
    IntentKind.REVERT,
)
EDIT = "1.0.9"


def until(
    reached: Callable[[Run], bool],
    *,
    policy: Policy = PAIRS,
    fails: str = "",
    intents: tuple[tuple[Callable[[Run], bool], IntentKind], ...] = (),
    reply: str = "yes",
) -> EngineHarness:
    """A run with an edit, carried on until `reached`; `intents` come each at its moment."""
    world = small_set(4, domains=2)
    world.outcome.update(dict.fromkeys(fails, "fails"))
    harness = EngineHarness(world, policy, edit_to=EDIT)
    harness.next_reply = reply
    pending = list(intents)
    for _ in range(200):
        if pending and pending[0][0](harness.run):
            harness.send_intent(pending.pop(0)[1])
        if not pending and reached(harness.run):
            return harness
        harness.cycle()
    raise AssertionError(f"never reached: {harness.run.phase} {harness.run.message}")


def is_open(run: Run) -> bool:
    return run.open_batch is not None and not run.reverting


def is_settled(run: Run) -> bool:
    return run.settled_at is not None and run.open_batch is None


def at_once(run: Run) -> bool:
    return True


LENIENT = replace(PAIRS, max_new_failures=9)
STATES: dict[str, Callable[[], EngineHarness]] = {
    "at its start": lambda: until(at_once),
    "edit with a lost answer": lambda: until(
        lambda run: run.model is ModelStage.UNKNOWN, reply="never"
    ),
    "edit refused for good": lambda: until(lambda run: run.ended, reply="no"),
    "batch open": lambda: until(is_open),
    "between batches": lambda: until(
        is_settled, policy=replace(PAIRS, pause_time_between_batches=300.0)
    ),
    "at a checkpoint": lambda: until(
        lambda run: run.phase is Phase.PAUSED, policy=replace(PAIRS, checkpoints=(50,))
    ),
    "paused, batch open": lambda: until(is_open, intents=((is_open, IntentKind.PAUSE),)),
    "halted": lambda: until(lambda run: run.ended, fails="2"),
    "completed": lambda: until(lambda run: run.ended),
    "completed with failures": lambda: until(lambda run: run.ended, policy=LENIENT, fails="2"),
    "aborted at its start": lambda: until(at_once, intents=((at_once, IntentKind.ABORT),)),
    "aborted, batch open": lambda: until(is_open, intents=((is_open, IntentKind.ABORT),)),
    "about to turn back": lambda: until(is_open, intents=((is_open, IntentKind.REVERT),)),
    "aborted before it turned": lambda: until(
        is_open, intents=((is_open, IntentKind.REVERT), (is_open, IntentKind.ABORT))
    ),
    "on its way back": lambda: until(
        lambda run: run.reverting and run.open_batch is not None,
        intents=((is_open, IntentKind.REVERT),),
    ),
    "aborted on its way back": lambda: until(
        lambda run: run.ended,
        intents=(
            (is_open, IntentKind.REVERT),
            (lambda run: run.reverting and run.open_batch is not None, IntentKind.ABORT),
        ),
    ),
    "led back": lambda: until(lambda run: run.ended, intents=((is_open, IntentKind.REVERT),)),
}


def check_reasons(harness: EngineHarness) -> None:
    """A refusal of a retry or a revert has a reason, and the reason is true."""
    run = harness.run
    ended_well = (Phase.COMPLETED, Phase.COMPLETED_WITH_FAILURES, Phase.ROLLED_BACK)
    stopped = run.phase in (Phase.PAUSED, Phase.FAULTED)
    rolling = run.phase in (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK)
    leads_back = run.phase is Phase.ROLLING_BACK or (
        stopped and run.active_phase is Phase.ROLLING_BACK
    )
    truths = {
        "it is rolling back already": leads_back and not stopped,
        "it is rolling back already (resume it)": leads_back and stopped,
        "it is rolled back already": run.reverting and run.phase in ended_well,
        "it has not changed the model": not harness.world.edits,
        "it was aborted: plan a new run": run.phase is Phase.CANCELLED,
        "none of its instances has failed": not run.count(Stage.FAILED),
        "it is rolling back: failed instances are rolled back, too": run.revert_pending
        and not run.reverting,
        "its batch is still in progress: wait until it is complete": run.open_batch is not None,
        "it is in progress: pause it first": rolling,
    }
    for kind, reason in (
        (IntentKind.RETRY, retry_unavailable_reason(run)),
        (IntentKind.REVERT, revert_unavailable_reason(run)),
    ):
        assert bool(reason) is (event_for_intent(run, ev.Intent(kind=kind, by="ana")) is None)
        assert not reason or truths[reason], f"{kind}: {reason}"


def check_ways_out(harness: EngineHarness) -> None:
    """A run that has not ended can be ended, a stopped one resumed unless its edit is refused for
    good, a changed model put back."""
    run = harness.run
    possible = {k for k in INTENTS if event_for_intent(run, ev.Intent(kind=k, by="ana"))}
    if not run.phase.is_over:
        assert IntentKind.ABORT in possible
    if run.phase in (Phase.PAUSED, Phase.FAULTED):
        assert (IntentKind.RESUME in possible) is not bool(hopeless_edit(run))
    if run.phase.is_over and harness.world.version == EDIT:
        assert IntentKind.REVERT in possible


@pytest.mark.parametrize("state", STATES)
def test_after_any_two_intents_a_run_can_be_ended_resumed_or_put_back(state: str) -> None:
    start = STATES[state]()
    check_reasons(start)
    check_ways_out(start)
    for first in INTENTS:
        if event_for_intent(start.run, ev.Intent(kind=first, by="ana")) is None:
            continue
        harness = deepcopy(start)
        harness.send_intent(first)
        for second in INTENTS:
            after = deepcopy(harness)
            after.send_intent(second)
            check_reasons(after)
            check_ways_out(after)


@pytest.mark.parametrize("state", STATES)
def test_a_changed_model_can_always_be_put_back(state: str) -> None:
    harness = STATES[state]()
    harness.send_intent(IntentKind.ABORT)
    if harness.world.version != EDIT and harness.run.phase is not Phase.CANCELLED:
        harness.finish()
    harness.send_intent(IntentKind.REVERT)
    harness.finish()
    if harness.run.phase is Phase.FAULTED:  # what had failed is put back by a retry
        harness.send_intent(IntentKind.RETRY)
        harness.finish()
    assert harness.world.version == "1.0.1"
