"""Compares an edit with Azure's catalogue before a command writes it, and `--anyway`."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vmss_tui.cli.output import print_message, show_progress
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.offers import NotOffered
from vmss_tui.runtime.session import Services

F = TypeVar("F", bound=Callable[..., Any])


def anyway_option(command: F) -> F:
    """Adds `--anyway`, as the parameter `anyway`."""
    help_text = "Allow an image or size that a check refuses."
    decorated: F = click.option("--anyway", is_flag=True, help=help_text)(command)
    return decorated


def read_offers(services: Services, scale_set: ScaleSet, edit: Edit) -> None:
    """Reads the lists that `edit` is compared with; says what cannot be compared."""
    problem = services.offers.read(scale_set, edit, show_progress)
    show_progress("")
    if problem:
        print_message(f"Not checked: the catalogue cannot be read: {problem}")


def check_offers(services: Services, scale_set: ScaleSet, edit: Edit) -> None:
    """Raises `InvalidEdit`, with the option in its message, for what is not offered."""
    read_offers(services, scale_set, edit)
    try:
        services.offers.check(scale_set, edit)
    except InvalidEdit as error:
        raise with_anyway_hint(error) from error


def with_anyway_hint(error: InvalidEdit) -> InvalidEdit:
    """The same error; one that the catalogue is the reason of names the option."""
    if not isinstance(error, NotOffered):
        return error
    hint = "`vmss-tui images` lists them; --anyway skips this check"
    return NotOffered(error.field, f"{error.message} ({hint})")
