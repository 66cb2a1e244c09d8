"""What a subscription is called: asked for once, after the first reading, and never in its way."""

from collections.abc import Sequence

from tests.support.bench import Simulated
from tests.support.fake_session import FakeServices
from tests.support.fleets import SUBSCRIPTION, view
from tests.support.pilot import run_dashboard
from vmss_tui.gateway import NotAllowed, Subscription
from vmss_tui.runtime.subscription_names import SubscriptionNames
from vmss_tui.ui.widgets.header import Header


class Nameless(FakeServices):
    """A services that was told no names; asking for them is counted, and may be refused."""

    def __init__(self, *subscriptions: Subscription, refused: bool = False) -> None:
        super().__init__()
        self.asked = 0
        self.read_before: list[int] = []

        def visible() -> Sequence[Subscription]:
            self.asked += 1
            self.read_before.append(len(self.queries.watchers))
            if refused:
                raise NotAllowed("Azure refused: no.")
            return subscriptions

        self.subscription_names = SubscriptionNames(visible)


async def test_a_set_that_is_opened_directly_learns_its_subscriptions_name_by_one_request() -> None:
    services = Nameless(Subscription(SUBSCRIPTION.upper(), "Contoso-Prod"))
    async with run_dashboard(services) as screen:
        assert "Contoso-Prod ▸ web-rg ▸ web-vmss" in screen.text
        assert services.read_before == [1], "the first reading came first"
        await screen.report(view(services.snapshot))
        await screen.press("1", "B", "c")
        assert "Contoso-Prod" in screen.text
        assert services.asked == 1


async def test_a_name_that_may_not_be_read_leaves_the_id_and_is_not_asked_for_again() -> None:
    services = Nameless(refused=True)
    async with run_dashboard(services, size=(200, 40)) as screen:
        await screen.report(view(services.snapshot))
        assert SUBSCRIPTION in screen.text
        assert "Azure refused" not in screen.text
        assert screen.is_shown(Header)
        assert services.asked == 1


async def test_no_reading_no_question() -> None:
    services = Nameless()
    services.first = view(None)
    async with run_dashboard(services):
        assert services.asked == 0


def test_what_a_list_has_taught_is_not_asked_for(simulated: Simulated) -> None:
    bench = simulated()
    names, subscription = bench.services.subscription_names, bench.simulator.subscription_id
    learnt = names.look_up(subscription)
    assert learnt != subscription
    bench.services.queries.list_scale_sets()
    assert names.look_up(subscription.upper()) == names.name_of(subscription) == learnt
    assert len([r for r in bench.requests("GET") if r["path"] == "/subscriptions"]) == 2
    assert names.look_up("another") == "another"
