"""Setting up a rolling run: the policy's fields, and the plan that comes of them, as you type."""

from collections.abc import Callable, Mapping
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from vmss_tui.fleet.change import Edit, NotPossible
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.refused import RunRefused
from vmss_tui.text import cell
from vmss_tui.ui.session import Session
from vmss_tui.ui.telling import plan_words
from vmss_tui.upgrade.plan import Plan
from vmss_tui.upgrade.policy import BadPolicy, Order, Policy, amount, validate
from vmss_tui.upgrade.selection import NoPlan, Selection

FIELDS = {
    "image_version": "image version",
    "max_batch_instance_percent": "batch",
    "max_unhealthy_instance_percent": "unavailable at most",
    "max_new_failures": "halt at failures",
    "pause_time_between_batches": "pause, seconds",
    "min_healthy_time": "healthy for, seconds",
    "order": "order",
    "canary": "canary",
    "checkpoints": "hold at",
}
_PLACEHOLDERS = {
    "image_version": "empty: the model as it is",
    "max_batch_instance_percent": "20% or 10",
    "max_unhealthy_instance_percent": "20% or 10",
    "order": ", ".join(Order),
    "checkpoints": "25% 50%, empty: never",
}


class RunSetupScreen(ModalScreen[Plan | None]):
    """Gives back a plan to be confirmed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("pagedown", "scroll(5)", "down", show=False),
        Binding("pageup", "scroll(-5)", "up", show=False),
        Binding("ctrl+s", "plan", "plan", show=False),
    ]

    def __init__(self, session: Session, snapshot: Snapshot, selection: Selection) -> None:
        super().__init__()
        self.session, self.snapshot, self.selection = session, snapshot, selection
        self._plan: Plan | None = None

    def compose(self) -> ComposeResult:
        """Fields, then the plan."""
        chosen = len(self.selection.instance_ids)
        what = f"{chosen} marked instances" if chosen else "every stale instance"
        values = shown_policy(self.session.cockpit.default_policy)
        with Vertical(classes="sheet"):
            title = Content(f"Rolling run over {what} of {self.snapshot.scale_set.id.short}")
            yield Static(title, markup=False, classes="sheet-title")
            for field, label in FIELDS.items():
                with Horizontal(classes="field"):
                    yield Label(Content(label), markup=False)
                    yield Input(
                        value=values.get(field, ""),
                        placeholder=_PLACEHOLDERS.get(field, ""),
                        id=field,
                        compact=True,
                    )
            with VerticalScroll(can_focus=False):
                yield Static(markup=False, id="outcome")
            with Horizontal(classes="answer"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content("Review the plan"), id="plan", compact=True)
                yield Static(Content("Enter or ctrl+s: review"), markup=False, id="how")

    def on_mount(self) -> None:
        """Starts at the batch size, with the plan as it stands."""
        self.query_one("#max_batch_instance_percent", Input).focus()
        self._work_out()

    def on_input_changed(self) -> None:
        """Plans again at every key."""
        self._work_out()

    def on_input_submitted(self) -> None:
        """Enter only leads to the question."""
        self.action_plan()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel, or on to the question."""
        if event.button.id == "plan":
            self.action_plan()
        else:
            self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Reads on while a field has the focus."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Nothing is planned."""
        self.dismiss(None)

    def action_plan(self) -> None:
        """Hands the plan over, where there is one."""
        self._work_out()
        if self._plan is not None:
            self.dismiss(self._plan)

    def _work_out(self) -> None:
        self._plan = None
        values = {field: self.query_one(f"#{field}", Input).value.strip() for field in FIELDS}
        for typed in self.query(Input):
            typed.set_class(False, "-wrong")
        cockpit, outcome = self.session.cockpit, self.query_one("#outcome", Static)
        version = values.pop("image_version")
        try:
            policy = policy_of(values, cockpit.default_policy)
            edit = Edit(image_version=version) if version else None
            self._plan = cockpit.plan(self.snapshot, self.selection, policy, edit)
        except (NoPlan, BadPolicy, NotPossible, RunRefused) as error:
            field = getattr(error, "field", "")
            if field in FIELDS:
                self.query_one(f"#{field}", Input).set_class(True, "-wrong")
            label = f"{FIELDS[field]}: " if field in FIELDS else ""
            said = str(error).removeprefix(f"{field}: ")
            outcome.update(Content.styled(cell(f"{label}{said}", 600), "bold $tone-sick"))
            return
        name = cockpit.subscription_name(self._plan.subscription_id)
        outcome.update(plan_words(self._plan, cockpit.context, name, self.session.look))


def shown_policy(policy: Policy) -> dict[str, str]:
    """The fields as a person writes them."""
    return {
        "max_batch_instance_percent": str(policy.max_batch_instance_percent),
        "max_unhealthy_instance_percent": str(policy.max_unhealthy_instance_percent),
        "max_new_failures": str(policy.max_new_failures),
        "pause_time_between_batches": f"{policy.pause_time_between_batches:g}",
        "min_healthy_time": f"{policy.min_healthy_time:g}",
        "order": str(policy.order),
        "canary": str(policy.canary),
        "checkpoints": " ".join(f"{percent}%" for percent in policy.checkpoints),
    }


def policy_of(values: Mapping[str, str], default: Policy) -> Policy:
    """A policy from what was typed; raises `BadPolicy` with the field."""
    read: dict[str, Callable[[str, str], object]] = {
        "max_batch_instance_percent": amount,
        "max_unhealthy_instance_percent": amount,
        "max_new_failures": _whole,
        "pause_time_between_batches": _seconds,
        "min_healthy_time": _seconds,
        "order": _order,
        "canary": _whole,
        "checkpoints": _percentages,
    }
    changes = {field: read[field](field, text) for field, text in values.items() if text}
    if not values.get("checkpoints"):
        changes["checkpoints"] = ()
    return validate(msgspec.structs.replace(default, **changes))


def _whole(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadPolicy(field, f"must be a whole number, not {text!a}")
    return int(text)


def _seconds(field: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not 0 <= found < 1e6:
        raise BadPolicy(field, f"must be a number of seconds, not {text!a}")
    return found


def _order(field: str, text: str) -> Order:
    try:
        return Order(text.lower())
    except ValueError:
        raise BadPolicy(field, f"must be {', '.join(Order)}, not {text!a}") from None


def _percentages(field: str, text: str) -> tuple[int, ...]:
    return tuple(_whole(field, word.rstrip("%")) for word in text.replace(",", " ").split())
