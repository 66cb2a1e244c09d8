"""The checks before the first write, with the result that a test sets."""

import threading

from vmss_tui.fleet.preflight.result import Preflight, PreflightFinding
from vmss_tui.fleet.preflight.subject import Subject
from vmss_tui.runtime.preflight.checker import PreflightChecker


class FakePreflight(PreflightChecker):
    """Finds what the test has set, once it may answer."""

    def __init__(self) -> None:
        self.findings: tuple[PreflightFinding, ...] = ()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.subjects: list[Subject] = []

    def check(self, subject: Subject) -> Preflight:
        """All checks of the subject, with the findings."""
        self.subjects.append(subject)
        assert self.may_answer.wait(10)
        return Preflight(subject.checks, self.findings)
