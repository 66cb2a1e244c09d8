"""Detects the service that manages a scale set, by its tags, extensions, `managedBy` and names.

Sources: tags and groups in public templates and issues (AKS `aks-managed-…`, Azure DevOps
`__AzureDevOpsElasticPool`, Batch pools of a user subscription, Databricks `Vendor`, CycleCloud
`CycleOwner`), and extension publishers in the models of such sets.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from vmss_tui.fleet.owners import Owner

Extension = tuple[str, str]
"""Publisher and type, in lower case."""


class Marks(Struct, frozen=True):
    """What the owners of scale sets leave on them; all in lower case."""

    tags: Mapping[str, str]
    extensions: Sequence[Extension]
    managed_by: str
    group: str
    name: str

    def has_tag(self, *prefixes: str) -> bool:
        """Whether the name of a tag begins with one of these."""
        return any(key.startswith(prefixes) for key in self.tags)

    def has_extension(self, publisher: str = "", kind: str = "") -> bool:
        """Whether an extension has this publisher, or any, and a type that begins so."""
        return any(
            publisher in ("", its_publisher) and its_kind.startswith(kind)
            for its_publisher, its_kind in self.extensions
        )


_OWNERS: tuple[tuple[Owner, str, Callable[[Marks], bool]], ...] = (
    (
        Owner.AKS,
        "microsoft.containerservice/",
        lambda marks: (
            marks.group.startswith("mc_")
            or marks.has_tag("aks-managed-")
            or marks.has_extension("microsoft.aks")
        ),
    ),
    (
        Owner.SERVICE_FABRIC,
        "microsoft.servicefabric/",
        lambda marks: (
            marks.has_extension("microsoft.azure.servicefabric")
            or marks.has_extension(kind="servicefabric")
            or marks.tags.get("resourcetype") == "service fabric"
        ),
    ),
    (
        Owner.BATCH,
        "microsoft.batch/",
        lambda marks: (
            marks.group.startswith("azurebatch-")
            or "-azurebatch-" in marks.name
            or {"batchaccountname", "poolname"} <= marks.tags.keys()
        ),
    ),
    (
        Owner.DEVOPS,
        "microsoft.devopsinfrastructure/",
        lambda marks: (
            marks.has_tag("__azuredevopselasticpool")
            or marks.has_extension("microsoft.visualstudio.services", "teamservicesagent")
        ),
    ),
    (Owner.COMPUTE_FLEET, "microsoft.azurefleet/", lambda marks: marks.has_tag("azurefleet")),
    (
        Owner.DATABRICKS,
        "microsoft.databricks/",
        lambda marks: (
            marks.tags.get("vendor") == "databricks"
            or marks.has_tag("databricks-")
            or marks.group.startswith("databricks-rg-")
        ),
    ),
    (
        Owner.CYCLECLOUD,
        "microsoft.cyclecloud/",
        lambda marks: marks.has_tag("cycleowner", "cyclecloud"),
    ),
    (
        Owner.MACHINE_LEARNING,
        "microsoft.machinelearningservices/",
        lambda marks: marks.has_tag("azureml") or marks.group.startswith("azureml-rg"),
    ),
)
"""Owner, provider in `managedBy`, other marks. The first match counts."""


def detect_owner(
    tags: Mapping[str, object],
    extensions: Iterable[Extension],
    managed_by: str,
    group: str,
    name: str,
) -> str | None:
    """Display name of the owner; the id in `managedBy` of an unknown one; None without an owner."""
    marks = Marks(
        {key.lower(): str(value).lower() for key, value in tags.items()},
        tuple(extensions),
        managed_by.lower(),
        group.lower(),
        name.lower(),
    )
    for owner, provider, is_marked in _OWNERS:
        if f"/providers/{provider}" in marks.managed_by or is_marked(marks):
            return owner.value
    return managed_by or None
