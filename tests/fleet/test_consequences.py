"""What an edit does, told for models that do not say everything."""

from dataclasses import replace

from tests.support.fleets import scale_set
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit


def test_a_capacity_over_an_unknown_one_may_delete_instances() -> None:
    model = scale_set()
    unknown = replace(model, capacity=None, raw={**model.raw, "sku": {"name": "Mix"}})
    consequence = change_from_edit(unknown, Edit(capacity=5)).consequence
    assert "No instance is changed" not in consequence
    assert "until there are 5" in consequence
    assert "may delete some" in consequence


def test_another_image_beside_a_purchase_plan_is_cautioned() -> None:
    model = scale_set()
    plan = {"publisher": "contoso", "product": "router", "name": "gold"}
    sold = replace(model, raw={**model.raw, "plan": plan})
    other = change_from_edit(sold, Edit(image_sku="silver", image_version="1.0.0"))
    assert "purchase plan contoso/router/gold" in other.consequence
    assert "purchase plan" not in change_from_edit(sold, Edit(image_version="1.0.0")).consequence
