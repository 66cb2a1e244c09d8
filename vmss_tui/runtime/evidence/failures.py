"""Reads what failed instances themselves said: their statuses whole, and the end of their logs."""

from collections.abc import Callable
from typing import Any

import msgspec

from vmss_tui.fleet.causes import find_causes
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.attempt import try_read
from vmss_tui.gateway.diagnostics import BootLog, BootLogState, Diagnostics
from vmss_tui.runtime.evidence.statuses import failed_statuses, status_pairs
from vmss_tui.runtime.storage.run_records import evidence_name
from vmss_tui.text import cell, redact, redact_json
from vmss_tui.upgrade import events as ev

MAX_INSTANCES = 3
_TAIL = 65_536
_LAST_LINES = 3
_MAX_QUOTE = 300


class FailureReader:
    """Reads the evidence of one halt. Each request has a deadline of its own."""

    def __init__(
        self,
        diagnostics: Diagnostics,
        scale_set: ScaleSetId,
        keep: Callable[[str, bytes], bool],
        retry: Callable[[], bool],
    ) -> None:
        """`keep` is `StoredRun.keep_evidence`; `retry` as in `try_read`."""
        self._diagnostics, self._scale_set = diagnostics, scale_set
        self._store, self._retry = keep, retry

    def read(self, about: int, instance_id: str) -> ev.InstanceEvidence:
        """The evidence of an instance, kept in a file; `about` is the number of the halt."""
        tree, problem = self._read_view(instance_id)
        log, log_problem = self._read_log(instance_id)
        pairs = status_pairs(tree)
        causes = find_causes(pairs, log.lines if log else ())
        quotes = [cause.quote for cause in causes]
        if not quotes and log:
            quotes = [line for line in log.lines if line.strip()][-_LAST_LINES:]
        messages = (problem, log_problem, log.message if log else "")
        return ev.InstanceEvidence(
            instance_id=instance_id,
            statuses=tuple(cell(redact(text), _MAX_QUOTE) for text in failed_statuses(pairs)),
            causes=tuple(cause.id for cause in causes),
            quotes=tuple(cell(redact(quote), _MAX_QUOTE) for quote in quotes),
            log_state=str(log.state) if log else "",
            message="; ".join(filter(None, messages)),
            file=self._keep(about, instance_id, tree, log),
        )

    def _read_view(self, instance_id: str) -> tuple[dict[str, Any], str]:
        tree, error = try_read(
            lambda: self._diagnostics.read_instance_view(self._scale_set, instance_id), self._retry
        )
        if error is not None:
            return {}, redact(error.message)
        redacted: dict[str, Any] = redact_json(tree)
        return redacted, ""

    def _read_log(self, instance_id: str) -> tuple[BootLog | None, str]:
        read = self._diagnostics.read_boot_log
        log, error = try_read(lambda: read(self._scale_set, instance_id, length=_TAIL), self._retry)
        return log, "" if error is None else redact(error.message)

    def _keep(self, about: int, instance_id: str, tree: dict[str, Any], log: BootLog | None) -> str:
        """The path of the file below the run's folder; empty where there is nothing to keep, or no
        space for it."""
        has_log = log is not None and log.state is BootLogState.AVAILABLE
        if not tree and not has_log:
            return ""
        name = evidence_name(about, instance_id)
        content = {"instance_id": instance_id, "instance": tree, "boot_log": log}
        return name if self._store(name, msgspec.json.encode(content)) else ""
