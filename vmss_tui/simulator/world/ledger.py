"""A record of the effects and of the requests, so that tests can assert what really happened."""

from typing import Any

_MAX_REQUESTS = 20_000


class Ledger:
    """Two lists in time order: all effects, and the latest requests."""

    def __init__(self) -> None:
        self.effects: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []

    def record_effect(
        self,
        at: str,
        kind: str,
        scale_set: str,
        instance_id: str | None,
        operation: str | None,
        client_request_id: str | None,
    ) -> None:
        """Records an effect on one instance, or on the scale set itself (`instance_id` None)."""
        self.effects.append(
            {
                "at": at,
                "kind": kind,
                "scale_set": scale_set,
                "instance_id": instance_id,
                "operation": operation,
                "client_request_id": client_request_id,
            }
        )

    def record_request(
        self, at: str, method: str, path: str, status: int | None, client_request_id: str | None
    ) -> None:
        """Records a request; `status` is None where the connection closed without a response."""
        self.requests.append(
            {
                "at": at,
                "method": method,
                "path": path,
                "status": status,
                "client_request_id": client_request_id,
            }
        )
        if len(self.requests) > _MAX_REQUESTS:
            del self.requests[: _MAX_REQUESTS // 10]
