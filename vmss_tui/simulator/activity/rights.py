"""What the caller may not do: operations that were taken away from every role."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from vmss_tui.simulator import errors

_ALIASES = {
    "microsoft.insights/eventtypes/management/read": "microsoft.insights/eventtypes/values/read",
    "microsoft.insights/eventtypes/management/values/read": (
        "microsoft.insights/eventtypes/values/read"
    ),
}


@dataclass(slots=True)
class Rights:
    """Operations that are refused, by name or with `*`, such as `Microsoft.Insights/*`."""

    refused: list[str] = field(default_factory=list)

    def refuse(self, operation: str) -> None:
        """Takes an operation away."""
        name = operation.lower()
        self.refused.append(_ALIASES.get(name, name))

    def check(self, operation: str, scope: str) -> None:
        """Raises ArmError (403) with Azure's message where the operation is refused."""
        name = operation.lower()
        if any(fnmatchcase(name, pattern) for pattern in self.refused):
            raise errors.authorization_failed(operation, scope)
