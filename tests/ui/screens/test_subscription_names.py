"""The name of the subscription: requested once, after the first reading."""

from collections.abc import Sequence

from tests.support.bench import BenchFactory
from tests.support.fake_session import FakeServices
from tests.support.fleets import SUBSCRIPTION, view
from tests.support.pilot import run_dashboard
from vmss_tui.gateway import NotAllowed, Subscription
from vmss_tui.runtime.subscription_names import SubscriptionNames
from vmss_tui.ui.widgets.header import Header


class UnnamedServices(FakeServices):
    """Services without names; requests for them are counted, and may be refused."""

    def __init__(self, *subscriptions: Subscription, refused: bool = False) -> None:
        super().__init__()
        self.request_count = 0
        self.watcher_counts: list[int] = []

        def list_subscriptions() -> Sequence[Subscription]:
            self.request_count += 1
            self.watcher_counts.append(len(self.queries.watchers))
            if refused:
                raise NotAllowed("Azure refused: no.")
            return subscriptions

        self.subscription_names = SubscriptionNames(list_subscriptions)


async def test_a_set_that_is_opened_directly_learns_its_subscriptions_name_by_one_request() -> None:
    services = UnnamedServices(Subscription(SUBSCRIPTION.upper(), "Contoso-Prod"))
    async with run_dashboard(services) as screen:
        assert "Contoso-Prod ▸ web-rg ▸ web-vmss" in screen.text
        assert services.watcher_counts == [1], "the first reading came first"
        await screen.report(view(services.snapshot))
        await screen.press("1", "B", "c")
        assert "Contoso-Prod" in screen.text
        assert services.request_count == 1


async def test_a_name_that_may_not_be_read_leaves_the_id_and_is_not_asked_for_again() -> None:
    services = UnnamedServices(refused=True)
    async with run_dashboard(services, size=(200, 40)) as screen:
        await screen.report(view(services.snapshot))
        assert SUBSCRIPTION in screen.text
        assert "Azure refused" not in screen.text
        assert screen.is_shown(Header)
        assert services.request_count == 1


async def test_without_a_reading_no_name_is_requested() -> None:
    services = UnnamedServices()
    services.first = view(None)
    async with run_dashboard(services):
        assert services.request_count == 0


def test_a_name_from_the_list_is_not_requested_again(make_bench: BenchFactory) -> None:
    bench = make_bench()
    names, subscription = bench.services.subscription_names, bench.simulator.subscription_id
    learnt = names.look_up(subscription)
    assert learnt != subscription
    bench.services.queries.list_scale_sets()
    assert names.look_up(subscription.upper()) == names.name_of(subscription) == learnt
    assert len([r for r in bench.requests("GET") if r["path"] == "/subscriptions"]) == 2
    assert names.look_up("another") == "another"
