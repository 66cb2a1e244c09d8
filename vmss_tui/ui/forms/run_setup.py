"""Setup of an upgrade in batches: the fields of the policy, and the plan for each key typed.

The plan is drawn on a heatmap that shows the batch of each instance. A panel describes it: batches,
approvals, availability, the expected duration, the image.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.preflight.checker import plan_subject
from vmss_tui.ui.background.catalogue_pages import CataloguePages
from vmss_tui.ui.background.replies import OffersArrived, PreflightArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.forms.base_form import FormScreen
from vmss_tui.ui.forms.check_fields import CHECK_FIELDS
from vmss_tui.ui.forms.plan_fields import (
    FIELDS,
    LIMIT_FIELDS,
    error_text,
    policy_fields,
    policy_from_fields,
)
from vmss_tui.ui.forms.plan_outline import plan_outline, skipped_text
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.plan_overlay import PlanBoard
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.picker_rows import Page
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import PolicyError
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.report.estimate import BatchPace
from vmss_tui.upgrade.report.preflight_rows import PENDING_ROWS, reply_rows
from vmss_tui.upgrade.report.rows import TextRow

_LEFT_COLUMN = 7
"""Fields in the left column."""
_PAGES = {"limits": LIMIT_FIELDS, "checks": CHECK_FIELDS}
"""The fields that are shown together, by page."""
_PLAN_TITLE = "Plan: batch of each instance"
_PLANNING = "Computing the plan …"


class RunSetupScreen(FormScreen[Plan]):
    """The result is a confirmed plan."""

    FIELDS = FIELDS
    KEY_HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("enter", "review plan"),
        ("tab", "next field"),
        ("F2", "images"),
        ("F3", "bake, verdict"),
        ("esc", "cancel"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+o", "choose_image", "list of images", show=False),
        Binding("f3", "turn_page", "verdict, bake time, quarantine", show=False),
    ]

    def __init__(
        self,
        session: Session,
        snapshot: Snapshot,
        selection: Selection,
        confirmation: Callable[[Plan], ConfirmScreen],
        pace: BatchPace | None = None,
    ) -> None:
        """`confirmation` makes the confirmation of a plan; `pace` is the duration of recent
        batches of this scale set."""
        count = len(selection.instance_ids)
        subject = pluralize(count, "selected instance", "selected instances") if count else ""
        self._title = f"Upgrade {subject or 'all outdated instances'}"
        super().__init__(
            session,
            self._title,
            policy_fields(session.services.default_policy),
            next(iter(FIELDS)),
        )
        self.snapshot, self.selection, self.pace = snapshot, selection, pace
        self._confirmation = confirmation
        self._plan: Plan | None = None
        self._offers_read = False
        """Typed versions are compared with the catalogue from then on."""
        self._checked_model = ""
        """Image and size whose checks have begun."""
        self._checks: tuple[TextRow, ...] = ()
        self._board = PlanBoard()
        self._pages = CataloguePages(session, snapshot, self._field_text)

    def compose(self) -> ComposeResult:
        """The plan on the heatmap; below it the fields, and what the plan does."""
        heatmap = Heatmap(self._board, self.session.appearance)
        heatmap.can_focus = False
        sent = Content.styled("nothing has been sent", "$quiet")
        with Vertical(classes="stack"):
            yield DialogFrame(heatmap, title=_PLAN_TITLE, corner=sent, classes="plan-frame")
            with Horizontal(classes="lower"):
                yield self.form_frame(*self.compose_fields())
                yield DialogFrame(self.result_area(), title="What happens", classes="outcome-frame")

    def compose_fields(self) -> Iterable[Widget]:
        """The fields of each page in two columns."""
        yield self._columns(*LIMIT_FIELDS, left=_LEFT_COLUMN, classes="limits")
        first, *others = CHECK_FIELDS
        yield Vertical(
            self.field_row(first),
            self._columns(*others, left=(len(others) + 1) // 2),
            classes="fields checks",
        )

    def _columns(self, *names: str, left: int, classes: str = "") -> Horizontal:
        """Fields in two columns; so many are in the left one."""
        return Horizontal(
            Vertical(*map(self.field_row, names[:left]), classes="column left"),
            Vertical(*map(self.field_row, names[left:]), classes="column right"),
            classes=f"fields {classes}",
        )

    def on_mount(self) -> None:
        """Reads the versions that a typed one is compared with."""
        offers, scale_set = self.session.services.offers, self.snapshot.scale_set

        def read() -> OffersArrived:
            with contextlib.suppress(InvalidEdit):  # an image without versions
                offers.read(scale_set, Edit(image_version="latest"))
            return OffersArrived("image_version", Page(()))

        run_in_thread(self, read, lambda error: OffersArrived("image_version", Page(()), error))

    def on_resize(self) -> None:
        """Draws the panel for its new size."""
        self.call_after_refresh(self._draw_outline)

    def on_offers_arrived(self, message: OffersArrived) -> None:
        """Evaluates the fields again, now compared with the catalogue."""
        self._offers_read = True
        self.update_result()

    def on_preflight_arrived(self, message: PreflightArrived) -> None:
        """Shows what was checked, unless another image was typed meanwhile."""
        if message.model == self._checked_model:
            self._checks = reply_rows(message.preflight, message.error)
            self._draw_outline()

    def action_scroll(self, lines: int) -> None:
        """Scrolls the heatmap as well."""
        super().action_scroll(lines)
        self.query_one(Heatmap).scroll_relative(y=lines, animate=False)

    def action_turn_page(self) -> None:
        """Shows the other page of fields, and focuses its first one."""
        page = "limits" if self.query_one(".checks").display else "checks"
        self._show_page(page)
        self.field_widget(next(iter(_PAGES[page]))).focus()

    def _show_page(self, shown: str) -> None:
        for page in _PAGES:
            self.query_one(f".{page}").display = page == shown

    def action_choose_image(self) -> None:
        """Opens the list of image versions."""
        self._show_page("limits")
        read = self._pages.reader(self.snapshot.scale_set, "image_version")
        if read is None:
            self.show_error("the model's image has no versions", "image_version")
            return

        def chosen(version: str | None) -> None:
            if version is not None:
                field = self.query_one("#image_version", Input)
                field.value = version
                field.focus()

        title = f"Target image for {self.snapshot.scale_set.id.short}"
        self.open_dialog(ImagePicker(self.session, title, read), chosen)

    def show_first_result(self) -> None:
        """Plans after the form is drawn: the plan of a large scale set takes a moment."""
        self.show_outcome(Content.styled(_PLANNING, "$quiet"))
        self.call_after_refresh(self.update_result)

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
            field, text = error_text(error)
            self.show_error(text, field)
            return
        self._check(self._plan)
        self._show_plan(self._plan)
        self._draw_outline()

    def _check(self, plan: Plan) -> None:
        """Begins the checks of the plan's image and size, once the typed version is known to be
        one of the catalogue."""
        subject = plan_subject(self.snapshot.scale_set, plan)
        image, checker = subject.target.image, self.session.services.preflight
        model = f"{image.title if image else ''} {subject.target.vm_size}"
        if not self._offers_read or model == self._checked_model:
            return
        self._checked_model, self._checks = model, PENDING_ROWS
        run_in_thread(
            self,
            lambda: PreflightArrived(checker.check(subject), model=model),
            lambda error: PreflightArrived(None, error, model),
        )

    def submit(self) -> None:
        """Asks for confirmation of the plan; otherwise the form stays open."""
        plan = self._plan
        if plan is None:
            self._show_wrong_field()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(plan)

        self.open_dialog(self._confirmation(plan), answered)

    def _show_wrong_field(self) -> None:
        for page, fields in _PAGES.items():
            if any(self.field_widget(name).has_class("-wrong") for name in fields):
                self._show_page(page)

    def show_error(self, reason: str, field: str = "") -> None:
        """Shows why there is no plan, and what to correct beside it."""
        super().show_error(reason, field)
        what = f"Correct {FIELDS[field].label}" if field in FIELDS else "Change the fields"
        self._show_plan(None)
        self.show_outcome(Content.styled(f"{what} to see the plan.", "$quiet"))

    def _show_plan(self, plan: Plan | None) -> None:
        """The plan on the map; None shows the states, dimmed: no batch of an earlier plan stays."""
        heatmap = self.query_one(Heatmap)
        self._board.show_plan(self.snapshot, plan)
        heatmap.dimmed = plan is None
        heatmap.draw()
        self.query_one(".plan-frame", DialogFrame).set_title(_PLAN_TITLE if plan else "No plan")
        if plan is None:
            self.query_one(".outcome-frame", DialogFrame).set_corner(Content("no plan"))
            self.query_one(".lower > .sheet", DialogFrame).set_title(self._title)

    def _draw_outline(self) -> None:
        plan, area = self._plan, self.query_one(".outcome-frame", DialogFrame)
        if plan is None:
            return
        session = self.session
        count = pluralize(len(plan.batches), "batch", "batches")
        area.set_corner(Content.styled(count, "$quiet"))
        if not self.selection.instance_ids:
            total = pluralize(len(plan.instance_ids), "outdated instance", "outdated instances")
            self.query_one(".lower > .sheet", DialogFrame).set_title(f"Upgrade all {total}")
        size = (max(20, area.content_size.width - 1), area.content_size.height)
        skipped = skipped_text(plan)
        self.query_one(".plan-frame", DialogFrame).set_keys(
            Content.assemble(("skipped: ", "$quiet"), skipped) if skipped else Content("")
        )
        outline = plan_outline(
            plan, self.pace, self.snapshot.scale_set, session.appearance, session.now(), size,
            self._checks,
        )  # fmt: skip
        self.show_result(outline)

    def _field_text(self, field: str) -> str:
        return self.value_of(field) if field in FIELDS else ""
