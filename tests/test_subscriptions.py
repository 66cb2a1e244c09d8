"""Which subscription is meant: the order of those who may say it, and errors with the choices."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from vmss_tui.gateway import Subscription
from vmss_tui.subscriptions import (
    NoSubscription,
    az_default_subscription,
    select_subscriptions,
    single_subscription,
)

FIRST, SECOND, THIRD = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))
SEEN = (Subscription(FIRST, "Contoso Production"), Subscription(SECOND, "Contoso Labs"))


def visible() -> Sequence[Subscription]:
    return SEEN


def never() -> Sequence[Subscription]:
    raise AssertionError("nothing had to be looked up")


@pytest.fixture(autouse=True)
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    return tmp_path / "azureProfile.json"


def az_says(profile: Path, subscription: str, cloud: str = "AzureCloud") -> None:
    entry = {"id": subscription, "isDefault": True, "environmentName": cloud}
    profile.write_text(json.dumps({"subscriptions": [entry]}), encoding="utf-8-sig")


def test_flag_then_settings_then_environment_then_az_then_all(
    azure: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert select_subscriptions((), (), "public", never) == ()
    az_says(azure, THIRD)
    assert select_subscriptions((), (), "public", never) == (THIRD,)
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", SECOND)
    assert select_subscriptions((), (), "public", never) == (SECOND,)
    assert select_subscriptions((), (FIRST,), "public", never) == (FIRST,)
    assert select_subscriptions((SECOND, THIRD), (FIRST,), "public", never) == (SECOND, THIRD)


def test_in_a_simulator_only_the_flag_counts(azure: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    az_says(azure, THIRD)
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", SECOND)
    assert select_subscriptions((), (FIRST,), "simulator", never) == ()
    assert select_subscriptions((FIRST,), (), "simulator", never) == (FIRST,)


def test_names_are_looked_up_in_any_case() -> None:
    assert select_subscriptions(("contoso LABS",), (), "public", visible) == (SECOND,)
    with pytest.raises(NoSubscription, match=r"no subscription 'Labs': Contoso Production \(0000"):
        select_subscriptions(("Labs",), (), "public", visible)


def test_azs_default_of_another_cloud_is_not_ours(azure: Path) -> None:
    az_says(azure, THIRD, "AzureChinaCloud")
    assert az_default_subscription("public") is None
    assert az_default_subscription("china") == THIRD


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"subscriptions": 1}', '{"subscriptions":[1]}'])
def test_a_profile_that_is_not_understood_says_nothing(azure: Path, text: str) -> None:
    azure.write_text(text)
    assert az_default_subscription("public") is None


def test_an_environment_that_names_no_subscription_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", "Contoso")
    with pytest.raises(NoSubscription, match="'Contoso', which is not a subscription ID"):
        select_subscriptions((), (), "public", never)


def test_a_scale_set_without_a_subscription_needs_exactly_one() -> None:
    assert single_subscription((FIRST,), never) == FIRST
    assert single_subscription((), lambda: SEEN[:1]) == FIRST
    with pytest.raises(NoSubscription, match=r"with --subscription: Contoso Production .*Labs"):
        single_subscription((), visible)
    with pytest.raises(NoSubscription, match="no subscription is visible"):
        single_subscription((), lambda: ())
