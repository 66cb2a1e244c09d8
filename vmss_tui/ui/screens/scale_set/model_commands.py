"""Commands that edit the model of the scale set, and the outcome of an edit."""

import threading
from collections.abc import Mapping

from vmss_tui.fleet.image import Image
from vmss_tui.gateway import OperationStatus
from vmss_tui.gateway.catalogue import ProgressCallback
from vmss_tui.runtime.operations.model_edits import ModelEditResult, ModelUndo
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.background.messages import ModelEditEnded, NewestVersionArrived
from vmss_tui.ui.background.replies import ModelSaved, ModelSaveFailed, UndoArrived
from vmss_tui.ui.background.workers import post_from_thread
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext
from vmss_tui.ui.text.picker_rows import Page, own_images_page, versions_page


class ModelCommands(Controller):
    """Model edits, capacity, and the versions of the model's image."""

    def __init__(self, context: ScaleSetContext) -> None:
        super().__init__(context)
        self._closed = threading.Event()
        self._looked_up: Image | None = None
        """The image whose newest version was read."""

    def unmounted(self) -> None:
        """Stops waiting for the outcome of edits."""
        self._closed.set()

    def snapshot_arrived(self, latest: LatestView) -> None:
        """Reads the newest version once where the model says `latest`; `i` reads it again."""
        snapshot, images = latest.snapshot, self.context.services.images
        if snapshot is None:
            return
        scale_set, image = snapshot.scale_set, snapshot.scale_set.image
        if image is None or not image.follows_latest or self._looked_up == image:
            return
        self._looked_up = image
        self.context.run_in_thread(
            lambda: NewestVersionArrived(images.read_versions(scale_set).newest),
            lambda _: NewestVersionArrived(""),
        )

    def newest_version_arrived(self, message: NewestVersionArrived) -> None:
        """Shows which instances have the latest model but an older image version."""
        self.context.board.newest_image_version = message.version
        self.context.board.rebuild()
        self.context.draw_header()
        self.context.redraw()

    def do_capacity(self) -> None:
        """Opens the form for the number of instances."""
        from vmss_tui.ui.forms.capacity import CapacityEditor

        if snapshot := self.context.snapshot:
            editor = CapacityEditor(self.context.session, snapshot.scale_set)
            self.context.push(editor, self._report)

    def do_edit_model(self) -> None:
        """Opens the model editor."""
        self._edit({})

    def do_images(self) -> None:
        """Lists the versions of the model's image; a chosen one is filled into the editor."""
        from vmss_tui.ui.dialogs.image_picker import ImagePicker

        snapshot, session = self.context.board.snapshot, self.context.session
        if snapshot is None:
            return
        scale_set, images = snapshot.scale_set, session.services.images
        image, screen = scale_set.image, self.context.screen

        def read(report: ProgressCallback, fresh: bool) -> Page:
            versions = images.read_versions(scale_set, image, report, fresh=fresh)
            post_from_thread(screen, NewestVersionArrived(versions.newest))
            if image is None or not versions.versions:
                return own_images_page(
                    images.catalogue.list_own_images(scale_set, report), scale_set
                )
            ids = image.reference != ""
            return versions_page(versions, scale_set, snapshot, session.now(), ids=ids)

        field = "image_version" if image is None or not image.reference else "image_id"
        picker = ImagePicker(session, f"Image versions of {scale_set.id.short}", read)
        self.context.push(picker, lambda value: self._edit({field: value}) if value else None)

    def do_undo_edit(self) -> None:
        """Reads the model, and finds the last edit that was made from this machine."""
        snapshot, services = self.context.board.snapshot, self.context.services
        if snapshot is None:
            return
        scale_set = snapshot.scale_set.id
        self.context.run_in_thread(
            lambda: UndoArrived(
                services.model_writer.find_undo(services.queries.read_model(scale_set))
            )
        )

    def undo_arrived(self, message: UndoArrived) -> None:
        """Asks for confirmation that the edit is undone."""
        from vmss_tui.ui.forms.model_form import change_question

        undo, snapshot = message.undo, self.context.board.snapshot
        if undo is None or snapshot is None:
            self.context.say("No edit from this machine to undo (edits of a run: V)")
            return
        if not undo.change:
            self.context.say("The model has no change by the last edit from this machine")
            return
        time = undo.at[:19].replace("T", " ")
        intro = f"Undoes the edit of {time} UTC by {undo.by}. {undo.remark}".rstrip()
        question = change_question(
            self.context.session, snapshot.scale_set, undo.change, "Model", intro
        )
        self.context.push(ConfirmScreen(question), lambda yes: self._undo(undo, bool(yes)))

    def _undo(self, undo: ModelUndo, yes: bool) -> None:
        from vmss_tui.ui.forms.model_form import save

        snapshot, services = self.context.board.snapshot, self.context.services
        if not yes or snapshot is None:
            self.context.say("Cancelled: nothing was changed")
            return
        scale_set = snapshot.scale_set.id

        def write() -> ModelSaved | ModelSaveFailed:
            model = services.queries.read_model(scale_set)
            return save(services.model_writer, model, undo.change, undo.request_id)

        self.context.run_in_thread(write, ModelSaveFailed)

    def model_saved(self, message: ModelSaved) -> None:
        """The edit was undone."""
        self._report(message.saved)

    def model_save_failed(self, message: ModelSaveFailed) -> None:
        """The edit could not be undone."""
        self.context.say(capitalize_sentence(message.error), warning=True)

    def model_edit_ended(self, message: ModelEditEnded) -> None:
        """Reports an edit that failed in Azure; the heatmap shows one that succeeded."""
        operation = message.operation
        if operation.status in (OperationStatus.FAILED, OperationStatus.CANCELED):
            text = f"The edit failed in Azure ({operation.code}): {operation.message}"
            self.context.say(capitalize_sentence(text), warning=True)
            self.context.refresh()

    def _edit(self, values: Mapping[str, str]) -> None:
        """Opens the model editor with these fields filled in."""
        from vmss_tui.ui.forms.model_editor import ModelEditor

        context, snapshot = self.context, self.context.snapshot
        command = COMMANDS_BY_ID["edit-model"]
        if reason := command.unavailable_reason(context.screen.command_context()):
            context.say(capitalize_sentence(reason), warning=True)
            return
        if snapshot is not None:
            editor = ModelEditor(context.session, snapshot.scale_set, snapshot, values)
            context.push(editor, self._report)

    def _report(self, saved: ModelEditResult | None) -> None:
        """Reports a saved edit, and waits in a thread for its outcome."""
        if saved is None:
            return
        self.context.say(capitalize_sentence(saved.message))
        self.context.refresh()
        models, operation, closed = (
            self.context.services.model_writer,
            saved.operation_url,
            self._closed,
        )
        if operation is not None:
            self.context.run_in_thread(
                lambda: ModelEditEnded(models.wait_for_operation(operation, closed))
            )
