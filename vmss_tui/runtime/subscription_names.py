"""What subscriptions are called. A list of all teaches every name; nobody asks for it twice."""

import threading
from collections.abc import Callable, Sequence

from vmss_tui.gateway import GatewayError, Subscription


class Names:
    """Names by id, for many threads."""

    def __init__(self, visible: Callable[[], Sequence[Subscription]]) -> None:
        """`visible` asks Azure for every subscription that can be seen."""
        self._visible = visible
        self._known: dict[str, str] = {}
        self._asked = False
        self._lock = threading.Lock()

    def of(self, subscription_id: str) -> str:
        """Its name where a list has told it, else its id."""
        return self._known.get(subscription_id.lower(), subscription_id)

    def read(self) -> Sequence[Subscription]:
        """Every subscription, now; raises a `GatewayError`."""
        found = self._visible()
        self._known |= {each.subscription_id.lower(): each.name for each in found if each.name}
        self._asked = True
        return found

    def learn(self, subscription_id: str) -> str:
        """Its name, asked for where nobody has asked yet: one request in a sitting, whatever
        comes of it. An id is as true as a name, so a refusal is no error."""
        with self._lock:
            if not self._asked and subscription_id.lower() not in self._known:
                self._asked = True
                try:
                    self.read()
                except GatewayError:
                    return subscription_id
        return self.of(subscription_id)
