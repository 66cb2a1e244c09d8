"""Options of `model` beside the image and the size: capacity, and how Azure may act by itself.

One option for each setting that `fleet.upgrade_settings` knows; all reach the command in one
`Edit`.
"""

import click

from vmss_tui.cli.choices import MODEL, F, Option, gathered
from vmss_tui.fleet.edit import Edit
from vmss_tui.fleet.upgrade_settings import SETTINGS, Setting

_CAPACITY = click.option(
    "--capacity", type=click.IntRange(0, 1000), metavar="N", help="How many instances."
)


def whole_model(command: F) -> F:
    """Options that edit anything of the model that can be edited here, as `edit`."""
    options: dict[str, Option] = {
        **MODEL,
        "capacity": _CAPACITY,
        **{each.field: _option(each) for each in SETTINGS},
    }
    return gathered("edit", options, Edit, options.values())(command)


def _option(setting: Setting) -> Option:
    values = "|".join(setting.choices) if setting.choices else "N"
    words = f"{setting.field.replace('_', ' ').capitalize()}: {setting.allowed}."
    return click.option(
        f"--{setting.field.replace('_', '-')}", setting.field, metavar=values, help=words
    )
