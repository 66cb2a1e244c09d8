"""What subscriptions are called. A list of all teaches every name; nobody asks for it twice."""

import threading
from collections.abc import Callable, Sequence

from vmss_tui.gateway import GatewayError, Subscription


class SubscriptionNames:
    """Names by id, for many threads."""

    def __init__(self, list_visible: Callable[[], Sequence[Subscription]]) -> None:
        """`visible` asks Azure for every subscription that can be seen."""
        self._list_visible = list_visible
        self._names_by_id: dict[str, str] = {}
        self._requested = False
        self._lock = threading.Lock()

    def name_of(self, subscription_id: str) -> str:
        """Its name where a list has told it, else its id."""
        return self._names_by_id.get(subscription_id.lower(), subscription_id)

    def list_subscriptions(self) -> Sequence[Subscription]:
        """Every subscription, now; raises a `GatewayError`."""
        subscriptions = self._list_visible()
        self._names_by_id |= {
            subscription.subscription_id.lower(): subscription.name
            for subscription in subscriptions
            if subscription.name
        }
        self._requested = True
        return subscriptions

    def look_up(self, subscription_id: str) -> str:
        """Its name, asked for where nobody has asked yet: one request in a sitting, whatever
        comes of it. An id is as true as a name, so a refusal is no error."""
        with self._lock:
            if not self._requested and subscription_id.lower() not in self._names_by_id:
                self._requested = True
                try:
                    self.list_subscriptions()
                except GatewayError:
                    return subscription_id
        return self.name_of(subscription_id)
