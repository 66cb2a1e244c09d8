"""A command of the operator as a probe, run as a gate is: without a shell, in a process group that
never outlives the worker, and not from a file that others can change."""

import threading

from vmss_tui.runtime.runs.gates import GateProcess
from vmss_tui.runtime.verdicts.command_output import sample_of_command
from vmss_tui.text import cell
from vmss_tui.upgrade.plan.verdict import Sample, SampleResult, Verdict

_INTERVAL = 0.1
"""Real seconds between two checks whether the sample is interrupted."""


class CommandProbe:
    """Runs the command, with the document on its stdin."""

    late_result = SampleResult.INCONCLUSIVE

    def __init__(self, verdict: Verdict) -> None:
        self._command, self.timeout = verdict.command, verdict.timeout

    def take(self, document: bytes, stop: threading.Event) -> Sample:
        """By its exit code; inconclusive where it cannot be run, or does not exit in time."""
        try:
            process = GateProcess(self._command, document, self.timeout)
        except OSError as error:
            message = cell(f"{self._command[0]} cannot be run: {error.strerror}", 300)
            return Sample(result=SampleResult.INCONCLUSIVE, message=message)
        while (result := process.wait(_INTERVAL)) is None:
            if stop.is_set():
                process.kill()
                return Sample(result=SampleResult.INCONCLUSIVE, message="interrupted")
        return sample_of_command(result.code, result.output, result.seconds, result.failure)
