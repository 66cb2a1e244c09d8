"""Names of subscriptions, from one list request in a session."""

import threading
from collections.abc import Callable, Sequence

from vmss_tui.gateway import GatewayError, Subscription


class SubscriptionNames:
    """Names by id. Safe for several threads."""

    def __init__(self, list_visible: Callable[[], Sequence[Subscription]]) -> None:
        """`list_visible` requests the list of visible subscriptions."""
        self._list_visible = list_visible
        self._names_by_id: dict[str, str] = {}
        self._requested = False
        self._lock = threading.Lock()

    def name_of(self, subscription_id: str) -> str:
        """The name if it is known, else the id."""
        return self._names_by_id.get(subscription_id.lower(), subscription_id)

    def list_subscriptions(self) -> Sequence[Subscription]:
        """Requests the list of visible subscriptions; raises a `GatewayError`."""
        subscriptions = self._list_visible()
        self._names_by_id |= {
            subscription.subscription_id.lower(): subscription.name
            for subscription in subscriptions
            if subscription.name
        }
        self._requested = True
        return subscriptions

    def look_up(self, subscription_id: str) -> str:
        """The name; sends the session's one list request if that was not sent yet. The id where
        the request fails."""
        with self._lock:
            if not self._requested and subscription_id.lower() not in self._names_by_id:
                self._requested = True
                try:
                    self.list_subscriptions()
                except GatewayError:
                    return subscription_id
        return self.name_of(subscription_id)
