"""Boot diagnostics in a model and in an instance view, and the paths of their blobs.

Recorded: managed storage is `{}` in the view, an account of one's own has plain addresses there,
and nothing is there where they are off.
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Instance, Model


def diagnostics_view(model: Model, instance: Instance) -> Json | None:
    """`bootDiagnostics` of an instance view; None where they are off."""
    setting = model.boot_diagnostics
    if setting is None:
        return None
    account = str(setting.get("storageUri") or "").rstrip("/")
    if not account:
        return {}
    return {
        "consoleScreenshotBlobUri": account + blob_path(instance, "screenshot.bmp", model),
        "serialConsoleLogBlobUri": account + blob_path(instance, "serialconsole.log", model),
    }


def blob_path(instance: Instance, suffix: str, model: Model | None = None) -> str:
    """The path of a blob: in a container of Azure's, or in one of the user's own account."""
    setting = (model or instance.state.model).boot_diagnostics or {}
    name = f"{instance.name}.{instance.vm_id}.{suffix}"
    if setting.get("storageUri"):
        prefix = "".join(letter for letter in instance.name.lower() if letter.isalnum())[:9]
        return f"/bootdiagnostics-{prefix}-{instance.vm_id}/{name}"
    digits = instance.vm_id[::-1].replace("-", "")
    lengths = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    return f"/{'-'.join(digits[start:end] for start, end in lengths)}/{name}"
