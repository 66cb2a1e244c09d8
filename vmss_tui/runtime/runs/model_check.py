"""The last look at the set before a batch is sent: one GET, right before the request.

An upgrade request has no condition (`If-Match`), and a reading begins with the model. Whoever wrote
the model, or began or ended an operation on the set, since then has moved its etag.
"""

from vmss_tui.fleet.scale_set import ProvisioningState, ScaleSet
from vmss_tui.gateway import Gateway, GatewayError
from vmss_tui.upgrade.engine.observation import Reading

MAX_MOVES = 3
"""Refusals in a row because of a moved etag or state; one that moves at each read is no sign."""


class ModelCheck:
    """Compares the set with the reading that the decision is based on."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._moves = 0

    def has_moved(self, reading: Reading, pinned_digest: str) -> bool:
        """Whether the set must be read again before the batch may be sent."""
        before = reading.snapshot.scale_set
        try:
            model = self._gateway.read_model(before.id)
        except GatewayError:
            return True  # the next reading reports the failure
        if model.model_digest != pinned_digest:
            return True  # the next reading reports the drift
        self._moves = self._moves + 1 if _is_at_work(before, model) else 0
        return 0 < self._moves <= MAX_MOVES


def _is_at_work(before: ScaleSet, model: ScaleSet) -> bool:
    """Whether an operation on the set began or ended since, or its model was written."""
    began = (
        model.provisioning is ProvisioningState.UPDATING
        and model.provisioning != before.provisioning
    )
    return began or (bool(model.etag) and model.etag != before.etag)
