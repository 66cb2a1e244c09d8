"""A metric of Azure Monitor as a probe: its value over a window against a limit."""

import threading
import time
from datetime import datetime

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import ReadCancelled
from vmss_tui.gateway.attempt import try_read
from vmss_tui.gateway.diagnostics import Diagnostics
from vmss_tui.text import cell, redact
from vmss_tui.upgrade.plan.verdict import Metric, Sample, SampleResult, Verdict

_RETRY_INTERVAL = 0.2
"""Real seconds after which a read that an intent has interrupted is sent again."""


class MetricProbe:
    """Reads the metric. Without data, and where it cannot be read, a sample is inconclusive."""

    late_result = SampleResult.INCONCLUSIVE

    def __init__(
        self,
        verdict: Verdict,
        metric: Metric,
        diagnostics: Diagnostics,
        scale_set: ScaleSetId,
    ) -> None:
        self._metric, self._diagnostics = metric, diagnostics
        self._resource_id = metric.resource or scale_set.resource_id
        self.timeout = verdict.timeout

    def take(self, document: bytes, stop: threading.Event) -> Sample:
        """By the value over the metric's window. The document is not used."""
        begun, metric = time.monotonic(), self._metric

        def may_retry() -> bool:
            late = time.monotonic() - begun >= self.timeout
            return not late and not stop.wait(_RETRY_INTERVAL)

        value, error = try_read(
            lambda: self._diagnostics.read_metric(
                self._resource_id, metric.name, metric.aggregation, metric.window
            ),
            may_retry,
        )
        if isinstance(error, ReadCancelled):
            return Sample(result=SampleResult.INCONCLUSIVE, message="not read in time")
        if error is not None:
            message = cell(redact(f"{metric.name} cannot be read: {error.message}"), 300)
            return Sample(result=SampleResult.INCONCLUSIVE, message=message)
        seconds = round(time.monotonic() - begun, 3)
        if value is None:
            message = f"{metric.name}: no data in the last {metric.window:g} s"
            return Sample(result=SampleResult.INCONCLUSIVE, message=message, seconds=seconds)
        holds = metric.holds(value.value)
        is_limit = f"limit {metric.comparison} {metric.limit:g}"
        return Sample(
            result=SampleResult.SUCCESS if holds else SampleResult.FAILURE,
            message=f"{metric.name} is {value.value:g} ({is_limit}{_at_text(value.at)})",
            numbers={cell(metric.name, 40): value.value},
            seconds=seconds,
        )


def _at_text(at: datetime | None) -> str:
    return f", {at:%H:%M} UTC" if at else ""
