"""The capacity, in a form of one field."""

from collections.abc import Mapping
from typing import ClassVar

from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.ui.dialogs.model_form import ChangeForm
from vmss_tui.ui.session import Session
from vmss_tui.ui.text.model_fields import capacity_of


class CapacityEditor(ChangeForm):
    """Edits how many instances there are, and nothing else."""

    FIELDS: ClassVar[Mapping[str, str]] = {"capacity": "VMs"}
    EDITS: ClassVar[str] = "Capacity"

    def __init__(self, session: Session, scale_set: ScaleSet) -> None:
        now = "" if scale_set.capacity is None else str(scale_set.capacity)
        super().__init__(session, scale_set, {"capacity": now}, "capacity")

    def edit(self, typed: Mapping[str, str]) -> Edit:
        """The number that was typed; raises `NotPossible`."""
        return Edit(capacity=capacity_of(typed["capacity"]))
