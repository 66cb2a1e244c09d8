"""The commands of the scale-set screen that edit the set itself, and what becomes of an edit."""

import threading
from collections.abc import Mapping

from vmss_tui.fleet.image import Image
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import OperationStatus
from vmss_tui.gateway.catalogue import ProgressCallback
from vmss_tui.runtime.operations.model_edits import Saved, Undo
from vmss_tui.ui.background.messages import ModelEditEnded, NewestVersionArrived
from vmss_tui.ui.background.replies import RequestFailed, ModelSaveFailed, ModelSaved, UndoArrived
from vmss_tui.ui.background.workers import post_from_thread, run_in_thread
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID
from vmss_tui.ui.dialogs.capacity import CapacityEditor
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.image_picker import ImagePicker
from vmss_tui.ui.dialogs.model_editor import ModelEditor
from vmss_tui.ui.dialogs.model_form import change_question, save
from vmss_tui.ui.screens.scale_set.operation_commands import OperatingScreen
from vmss_tui.ui.screens.scale_set.run_commands import sentence
from vmss_tui.ui.text.picker_rows import Page, own_page, versions_page


class EditingScreen(OperatingScreen):
    """A board whose scale set can be edited."""

    def __init__(self, scale_set: ScaleSetId) -> None:
        super().__init__(scale_set)
        self._left = threading.Event()
        self._learnt: Image | None = None

    def learn_newest(self, snapshot: Snapshot) -> None:
        """Asks once what `latest` means now, where the model says that; read anew by `i`."""
        scale_set, cockpit = snapshot.scale_set, self.session.services
        image = scale_set.image
        if image is None or not image.follows_latest or self._learnt == image:
            return
        self._learnt = image

        def read() -> NewestVersionArrived:
            return NewestVersionArrived(cockpit.images.read_versions(scale_set).newest)

        run_in_thread(self, read, lambda _words: NewestVersionArrived(""))

    def on_newest_version_arrived(self, message: NewestVersionArrived) -> None:
        """Who is current but behind is told from now on."""
        self.board.newest_image_version = message.version
        self.board.rebuild()
        self.redraw()

    def do_capacity(self) -> None:
        """Asks how many instances there should be."""
        if self.view is not None and self.view.snapshot is not None:
            editor = CapacityEditor(self.session, self.view.snapshot.scale_set)
            self.put_up(editor, self._said)

    def do_edit_model(self) -> None:
        """Opens the editor over the heatmap."""
        self._edit({})

    def do_images(self) -> None:
        """Lists the versions of the model's image; a choice leads into the editor."""
        snapshot, session = self.board.snapshot, self.session
        if snapshot is None:
            return
        scale_set, cockpit = snapshot.scale_set, session.services
        image = scale_set.image

        def read(hear: ProgressCallback, fresh: bool) -> Page:
            found = cockpit.images.read_versions(scale_set, image, hear, fresh=fresh)
            post_from_thread(self, NewestVersionArrived(found.newest))
            if image is None or not found.versions:
                return own_page(cockpit.images.catalogue.list_own_images(scale_set, hear), scale_set)
            ids = image.reference != ""
            return versions_page(found, scale_set, snapshot, session.now(), ids=ids)

        field = "image_version" if image is None or not image.reference else "image_id"
        title = f"image versions of {scale_set.id.short}"
        picker = ImagePicker(session, title, read)
        self.put_up(picker, lambda value: self._edit({field: value}) if value else None)

    def do_undo_edit(self) -> None:
        """Looks for the last edit made from here, and asks whether to take it back."""
        snapshot, cockpit = self.board.snapshot, self.session.services
        if snapshot is None:
            return
        at = snapshot.scale_set.id

        def work() -> UndoArrived:
            return UndoArrived(cockpit.models.undo(cockpit.readings.read_model(at)))

        run_in_thread(self, work, RequestFailed)

    def on_undo_arrived(self, message: UndoArrived) -> None:
        """Its difference, its consequence, and the question."""
        undo, snapshot = message.undo, self.board.snapshot
        if undo is None or snapshot is None:
            self.say("No edit was made from this machine that could be taken back (a run: V)")
            return
        if not undo.change:
            self.say("The model is as it was before the last edit from here")
            return
        when = undo.at[:19].replace("T", " ")
        intro = f"Takes back the edit of {when} UTC by {undo.by}."
        scale_set, session = snapshot.scale_set, self.session
        question = change_question(session, scale_set, undo.change, "Model", intro)
        self.put_up(ConfirmScreen(question), lambda yes: self._undo(undo, bool(yes)))

    def _undo(self, undo: Undo, yes: bool) -> None:
        snapshot, cockpit = self.board.snapshot, self.session.services
        if not yes or snapshot is None:
            self.say("Nothing was changed")
            return
        at = snapshot.scale_set.id

        def work() -> ModelSaved | ModelSaveFailed:
            return save(
                cockpit.models, cockpit.readings.read_model(at), undo.change, undo.request_id
            )

        run_in_thread(self, work, ModelSaveFailed)

    def on_model_saved(self, message: ModelSaved) -> None:
        """An edit was taken back."""
        self._said(message.saved)

    def on_model_save_failed(self, message: ModelSaveFailed) -> None:
        """It was not, and why."""
        self.say(sentence(message.error), warning=True)

    def on_model_edit_ended(self, message: ModelEditEnded) -> None:
        """Only a failure is told: what went well is on the heatmap."""
        ended = message.operation
        if ended.status in (OperationStatus.FAILED, OperationStatus.CANCELED):
            words = f"Azure could not carry the edit out ({ended.code}): {ended.message}"
            self.say(sentence(words), warning=True)
            self.do_refresh()

    def on_unmount(self) -> None:
        """What Azure still does is no longer asked after."""
        self._left.set()

    def _edit(self, filled: Mapping[str, str]) -> None:
        """The editor, with fields that somebody has chosen already."""
        if words := COMMANDS_BY_ID["edit-model"].unavailable_reason(self.standing()):
            self.say(sentence(words), warning=True)
            return
        if self.view is not None and self.view.snapshot is not None:
            snapshot = self.view.snapshot
            editor = ModelEditor(self.session, snapshot.scale_set, snapshot, filled)
            self.put_up(editor, self._said)

    def _said(self, saved: Saved | None) -> None:
        if saved is None:
            return
        self.say(sentence(saved.words))
        self.do_refresh()
        cockpit, operation = self.session.services, saved.operation
        if operation is not None:
            left = self._left
            run_in_thread(self, lambda: ModelEditEnded(cockpit.models.outcome(operation, left)), RequestFailed)

    def do_refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        raise NotImplementedError
