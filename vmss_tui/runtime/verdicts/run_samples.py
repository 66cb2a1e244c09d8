"""The samples of a run's verdict, and which kind of probe takes them."""

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Gateway
from vmss_tui.gateway.diagnostics import Diagnostics
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.verdicts.command_probe import CommandProbe
from vmss_tui.runtime.verdicts.http_probe import HttpProbe
from vmss_tui.runtime.verdicts.metric_probe import MetricProbe
from vmss_tui.runtime.verdicts.sampler import Probe, Sampler
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.bake import next_sample_at
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.verdict import Verdict
from vmss_tui.upgrade.run.run import Run, Stage


def make_probe(verdict: Verdict, diagnostics: Diagnostics, scale_set: ScaleSetId) -> Probe:
    """The probe of a verdict. `scale_set` is what a metric without a resource is of."""
    if verdict.command:
        return CommandProbe(verdict)
    if verdict.url or verdict.metric is None:
        return HttpProbe(verdict)
    return MetricProbe(verdict, verdict.metric, diagnostics, scale_set)


class RunSamples:
    """Starts the samples of one run when they are due. Called by the runner's thread only."""

    def __init__(self, name: str, plan: Plan, gateway: Gateway, clock: Clock) -> None:
        verdict = plan.policy.verdict
        self._name = name
        self._sampler = (
            None
            if verdict is None
            else Sampler(make_probe(verdict, gateway.diagnostics, plan.scale_set), clock)
        )

    def take(self, run: Run, t: float) -> list[ev.AnyEvent]:
        """The sample that has ended, to be recorded; starts the one that is due. `t` is on the
        run's clock. Nothing is sampled, and a result is dropped, once the run has ended."""
        sampler = self._sampler
        if sampler is None:
            return []
        due = next_sample_at(run)
        if due is None:
            sampler.cancel()
            return []
        sample = sampler.take()
        if sample is not None:
            return [
                ev.VerdictSampled(
                    result=sample.result,
                    message=sample.message,
                    numbers=sample.numbers,
                    seconds=sample.seconds,
                )
            ]
        if t >= due and not sampler.is_busy:
            sampler.start(_document(self._name, run))
        return []

    def cancel(self) -> None:
        """Ends the present sample."""
        if self._sampler is not None:
            self._sampler.cancel()


def _document(name: str, run: Run) -> bytes:
    """What a command gets on stdin: the run, its progress, and the instances that it upgraded."""
    upgraded = [m.instance_id for m in run.members.values() if m.stage is Stage.UPGRADED]
    return msgspec.json.encode(
        {
            "run": name,
            "scale_set": run.plan.scale_set.resource_id if run.plan else "",
            "phase": run.phase,
            "bake": run.bake_at is not None,
            "batch": run.batches_sent,
            "planned": run.total,
            "upgraded": upgraded,
        }
    )
