"""Setup of a rolling run: the fields of the policy, and a preview of the plan for each key typed.

The preview is a heatmap that shows the number of each instance's batch, and a summary: the capacity
floor, the expected duration, the instances left out.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import ClassVar

import msgspec
from textual.app import ComposeResult

from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.ui.background.replies import OffersArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.base_form import FormScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.instances.arrangement import Density
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.plan_overlay import PlanBoard
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.picker_rows import Page
from vmss_tui.ui.text.plan import describe_plan_briefly
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Order, Policy, PolicyError, parse_amount, validate
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.report.estimate import BatchPace

FIELDS = {
    "image_version": "image version",
    "max_batch_instance_percent": "batch",
    "max_unhealthy_instance_percent": "down at most",
    "max_unhealthy_upgraded_instance_percent": "upgraded sick",
    "max_new_failures": "halt at failures",
    "pause_time_between_batches": "pause between",
    "min_healthy_time": "healthy for",
    "healthy_deadline": "healthy within",
    "order": "order",
    "prioritize_unhealthy_instances": "sick ones first",
    "canary": "canary",
    "checkpoints": "hold at",
    "batch_deadline": "batch within",
    "skip_not_running": "stopped too",
}
_PLACEHOLDERS = {
    "image_version": "empty: as it is",
    "max_batch_instance_percent": "20% or 10",
    "max_unhealthy_instance_percent": "20% or 10",
    "max_unhealthy_upgraded_instance_percent": "20% or 10",
    "pause_time_between_batches": "seconds",
    "min_healthy_time": "seconds",
    "healthy_deadline": "seconds",
    "order": ", ".join(Order),
    "prioritize_unhealthy_instances": "yes or no",
    "checkpoints": "empty: never",
    "batch_deadline": "seconds",
    "skip_not_running": "yes or no",
}


class RunSetupScreen(FormScreen[Plan]):
    """The result is a confirmed plan."""

    FIELDS: ClassVar[Mapping[str, str]] = FIELDS
    PLACEHOLDERS: ClassVar[Mapping[str, str]] = _PLACEHOLDERS
    SUBMIT_LABEL: ClassVar[str] = "Review the plan"

    def __init__(
        self,
        session: Session,
        snapshot: Snapshot,
        selection: Selection,
        build_question: Callable[[Plan], Question],
        pace: BatchPace | None = None,
    ) -> None:
        """`build_question` makes the confirmation of a plan; `pace` is the duration of recent
        batches of this scale set."""
        selected_count = len(selection.instance_ids)
        subject = (
            pluralize(selected_count, "marked instance", "marked instances")
            if selected_count
            else "every stale instance"
        )
        super().__init__(
            session,
            f"Rolling run over {subject} of {snapshot.scale_set.id.short}",
            policy_fields(session.services.default_policy),
            "max_batch_instance_percent",
        )
        self.snapshot, self.selection, self.pace = snapshot, selection, pace
        self._build_question = build_question
        self._plan: Plan | None = None
        self._board = PlanBoard()

    def on_mount(self) -> None:
        """Reads the versions that a typed one is compared with."""
        super().on_mount()
        offers, scale_set = self.session.services.offers, self.snapshot.scale_set

        def read() -> OffersArrived:
            with contextlib.suppress(InvalidEdit):  # an image without versions
                offers.read(scale_set, Edit(image_version="latest"))
            return OffersArrived("image_version", Page(()))

        run_in_thread(self, read, lambda error: OffersArrived("image_version", Page(()), error))

    def on_offers_arrived(self, message: OffersArrived) -> None:
        """Evaluates the fields again, now compared with the catalogue."""
        self.update_result()

    def compose_preview(self) -> ComposeResult:
        """The heatmap with the batch of each instance."""
        heatmap = Heatmap(self._board, self.session.appearance)
        heatmap.density, heatmap.can_focus = Density.DENSE, False
        yield heatmap

    def action_scroll(self, lines: int) -> None:
        """Scrolls the heatmap as well."""
        super().action_scroll(lines)
        self.query_one(Heatmap).scroll_relative(y=lines, animate=False)

    def evaluate(self, typed: Mapping[str, str]) -> None:
        """Shows the plan for the typed policy, or the invalid field."""
        self._plan = None
        values, services = dict(typed), self.session.services
        version = values.pop("image_version")
        try:
            policy = policy_from_fields(values, services.default_policy)
            edit = Edit(image_version=version) if version else None
            self._plan = services.planner.plan(self.snapshot, self.selection, policy, edit)
        except (PlanError, PolicyError, InvalidEdit, RunRefused) as error:
            field = getattr(error, "field", "")
            self.show_error(str(error).removeprefix(f"{field}: "), field)
            return
        self._board.show_plan(self.snapshot, self._plan)
        self.query_one(Heatmap).draw()
        self.show_result(describe_plan_briefly(self._plan, self.pace))

    def submit(self) -> None:
        """Asks for confirmation of the plan; otherwise the form stays open."""
        plan = self._plan
        if plan is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(plan)

        self.open_dialog(ConfirmScreen(self._build_question(plan)), answered)


def policy_fields(policy: Policy) -> dict[str, str]:
    """The values of a policy as texts, by field."""
    return {
        "max_batch_instance_percent": str(policy.max_batch_instance_percent),
        "max_unhealthy_instance_percent": str(policy.max_unhealthy_instance_percent),
        "max_unhealthy_upgraded_instance_percent": str(
            policy.max_unhealthy_upgraded_instance_percent
        ),
        "max_new_failures": str(policy.max_new_failures),
        "pause_time_between_batches": f"{policy.pause_time_between_batches:g}",
        "min_healthy_time": f"{policy.min_healthy_time:g}",
        "healthy_deadline": f"{policy.healthy_deadline:g}",
        "order": str(policy.order),
        "prioritize_unhealthy_instances": "yes" if policy.prioritize_unhealthy_instances else "no",
        "canary": str(policy.canary),
        "checkpoints": " ".join(f"{percent}%" for percent in policy.checkpoints),
        "batch_deadline": f"{policy.batch_deadline:g}",
        "skip_not_running": "no" if policy.skip_not_running else "yes",
    }


def policy_from_fields(values: Mapping[str, str], default: Policy) -> Policy:
    """The policy for typed values; raises `PolicyError`, which names the field."""
    parsers: dict[str, Callable[[str, str], object]] = {
        "max_batch_instance_percent": parse_amount,
        "max_unhealthy_instance_percent": parse_amount,
        "max_unhealthy_upgraded_instance_percent": parse_amount,
        "max_new_failures": _whole_number,
        "pause_time_between_batches": _seconds,
        "min_healthy_time": _seconds,
        "healthy_deadline": _seconds,
        "order": _order,
        "prioritize_unhealthy_instances": _yes_or_no,
        "canary": _whole_number,
        "checkpoints": _percentages,
        "batch_deadline": _seconds,
        "skip_not_running": lambda field, text: not _yes_or_no(field, text),
    }
    changes = {field: parsers[field](field, text) for field, text in values.items() if text}
    if not values.get("checkpoints"):
        changes["checkpoints"] = ()
    return validate(msgspec.structs.replace(default, **changes))


def _whole_number(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise PolicyError(field, f"must be a whole number, not {text!a}")
    return int(text)


def _seconds(field: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if not 0 <= seconds < 1e6:
        raise PolicyError(field, f"must be a number of seconds, not {text!a}")
    return seconds


def _yes_or_no(field: str, text: str) -> bool:
    if text.lower() not in ("yes", "no", "y", "n"):
        raise PolicyError(field, f"must be yes or no, not {text!a}")
    return text.lower().startswith("y")


def _order(field: str, text: str) -> Order:
    try:
        return Order(text.lower())
    except ValueError:
        raise PolicyError(field, f"must be {', '.join(Order)}, not {text!a}") from None


def _percentages(field: str, text: str) -> tuple[int, ...]:
    return tuple(_whole_number(field, word.rstrip("%")) for word in text.replace(",", " ").split())
