"""The fields of the model editor as they are shown: labels, units, help, choices."""

from collections.abc import Mapping
from types import MappingProxyType

from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS_BY_FIELD
from vmss_tui.ui.forms.base_form import FormField
from vmss_tui.ui.forms.choice_field import SWITCH
from vmss_tui.ui.text.model_fields import FIELD_LABELS

_LIST = "↓ list"
_HELP: Mapping[str, tuple[str, str]] = {
    "image_publisher": ("Publisher of a platform image. Another one needs its own offer.", _LIST),
    "image_offer": ("Offer of the publisher. Another one needs its own SKU.", _LIST),
    "image_sku": ("SKU of the offer. Another one needs its own version.", _LIST),
    "image_version": ("An exact version, or latest: each new instance then gets the newest.",
                      _LIST),
    "image_id": ("Resource ID of a gallery image or a managed image, instead of the four above.",
                 _LIST),
    "image_uri": ("Address of a VHD, only where the model has one already.", ""),
    "vm_size": ("Instances get another size when they are upgraded.", _LIST),
    "capacity": ("Azure adds or removes instances at once.", "instances"),
    "policy_mode": ("Manual: nothing changes until you upgrade. Automatic and Rolling: Azure "
                    "upgrades instances by itself.", ""),
    "max_batch_instance_percent": ("How many instances Azure upgrades at a time.", "5–100 %"),
    "max_unhealthy_instance_percent": ("Azure stops when more instances than this are unhealthy.",
                                       "5–100 %"),
    "max_unhealthy_upgraded_instance_percent": (
        "Azure stops when more of the upgraded instances than this are unhealthy.", "0–100 %"),
    "pause_time_between_batches": ("Azure waits this long between batches: 30s, 5m.", "s, m or h"),
    "prioritize_unhealthy_instances": ("Azure upgrades unhealthy instances first.", ""),
    "enable_cross_zone_upgrade": ("A batch may contain instances of several zones.", ""),
    "max_surge": ("Azure creates new VMs with the new model and deletes the old ones.", ""),
    "rollback_failed_instances": ("Azure puts failed instances back to the previous model when "
                                  "the policy is breached.", ""),
    "automatic_os_upgrade": ("Azure upgrades the OS disk when a new image version appears.", ""),
    "automatic_os_rollback": ("Azure puts the previous OS disk back where an automatic OS upgrade "
                              "fails.", ""),
    "automatic_repairs": ("Azure repairs unhealthy instances by itself.", ""),
    "repairs_grace_period": ("Time after a change in which an instance is not repaired: 10m to "
                             "90m.", "10–90 min"),
    "repair_action": ("What Azure does to an unhealthy instance.", ""),
}  # fmt: skip
_AZURE_NAMES = {
    "image_publisher": "imageReference.publisher",
    "image_offer": "imageReference.offer",
    "image_sku": "imageReference.sku",
    "image_version": "imageReference.version",
    "image_id": "imageReference.id",
    "image_uri": "osDisk.image.uri",
    "vm_size": "sku.name",
    "capacity": "sku.capacity",
}
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Image": ("image_publisher", "image_offer", "image_sku", "image_version", "image_id",
              "image_uri"),
    "Size and capacity": ("vm_size", "capacity"),
    "Upgrade policy and automatic actions": tuple(SETTINGS_BY_FIELD),
}  # fmt: skip
"""Field ids by heading, in the order of Tab."""


def _choices(field: str) -> Mapping[str, str]:
    setting = SETTINGS_BY_FIELD.get(field)
    if setting is None or not setting.choices:
        return {}
    return (
        SWITCH
        if set(setting.choices) == set(SWITCH)
        else {choice: choice for choice in setting.choices}
    )


def _field(field: str) -> FormField:
    setting = SETTINGS_BY_FIELD.get(field)
    azure_name = setting.path if setting else _AZURE_NAMES[field]
    help_text, unit = _HELP[field]
    return FormField(FIELD_LABELS[field], help_text, unit, azure_name, choices=_choices(field))


EDITOR_FIELDS: Mapping[str, FormField] = MappingProxyType(
    {field: _field(field) for fields in SECTIONS.values() for field in fields}
)
