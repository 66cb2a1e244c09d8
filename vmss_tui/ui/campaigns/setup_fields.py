"""The fields of the form of a campaign, and what is typed into them. Pure."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from vmss_tui.campaign.plan import CampaignPlan
from vmss_tui.campaign.strategy import EstateSelection, Strategy, StrategyStage
from vmss_tui.config.strategy_values import MAX_CONCURRENCY, parse_name, parse_version
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.ui.forms.base_form import FormField
from vmss_tui.ui.forms.choice_field import SWITCH
from vmss_tui.upgrade.plan.durations import parse_seconds
from vmss_tui.upgrade.plan.policy import Policy, PolicyError

FIELDS = {
    "image_version": FormField(
        "Image version",
        "The version that every model gets before its instances are upgraded. Empty: each scale "
        "set is upgraded to its own model.",
        placeholder="each set's own model",
    ),
    "concurrency": FormField(
        "At a time", "How many scale sets are upgraded at the same time.", "scale sets"
    ),
    "max_failed_members": FormField(
        "May fail",
        "The campaign halts when more scale sets than this have failed. 0 halts at the first.",
        "scale sets",
    ),
    "bake": FormField(
        "Bake time",
        "How long the campaign observes after its last scale set. Empty for none.",
        "s, m or h",
        placeholder="none",
    ),
    "approve": FormField(
        "Approval first",
        "The campaign waits for an approval before its first run starts. Space switches it.",
        choices=SWITCH,
    ),
    "name": FormField("Name", "The name of the campaign: letters, digits, - and _."),
}
"""In the order of Tab."""
STAGE_NAME = "all"
_MOST_FAILED = 1000
_LONGEST_BAKE = 7 * 86_400.0


class CampaignSettings(Struct, frozen=True):
    """What is typed. All but the version apply to a plan that was made already."""

    name: str
    image_version: str
    concurrency: int
    max_failed_members: int
    bake: float
    approve: bool

    def strategy(self, policy: Policy) -> Strategy:
        """A strategy of one stage; `policy` has the limits of every run."""
        change = Edit(image_version=self.image_version) if self.image_version else Edit()
        return Strategy(
            name=self.name,
            select=EstateSelection("*"),
            change=change,
            policy=policy,
            stages=(
                StrategyStage(
                    name=STAGE_NAME,
                    concurrency=self.concurrency,
                    max_failed_members=self.max_failed_members,
                    bake=self.bake,
                    approve=self.approve,
                ),
            ),
        )

    def apply(self, plan: CampaignPlan) -> CampaignPlan:
        """The plan with this name, and its stage with these limits."""
        stages = tuple(
            msgspec.structs.replace(
                stage,
                concurrency=self.concurrency,
                max_failed_members=self.max_failed_members,
                bake=self.bake,
                approve=self.approve,
            )
            for stage in plan.stages
        )
        return msgspec.structs.replace(plan, name=self.name, stages=stages)


def initial_values(now: datetime) -> dict[str, str]:
    """The values with which the form opens."""
    return {
        "name": f"upgrade-{now:%m%d-%H%M}",
        "image_version": "",
        "concurrency": "1",
        "max_failed_members": "0",
        "bake": "",
        "approve": "off",
    }


def parse_settings(typed: Mapping[str, str]) -> CampaignSettings:
    """What is typed; raises `PolicyError`, which names the field."""
    try:
        name = parse_name(typed["name"])
    except ValueError as error:
        raise PolicyError("name", str(error)) from error
    version = typed["image_version"]
    try:
        version = parse_version(version) if version else ""
    except ValueError as error:
        text = "must be a version such as 22.04.202601010, or latest"
        raise PolicyError("image_version", text) from error
    return CampaignSettings(
        name=name,
        image_version=version,
        concurrency=_number("concurrency", typed["concurrency"], 1, MAX_CONCURRENCY),
        max_failed_members=_number(
            "max_failed_members", typed["max_failed_members"], 0, _MOST_FAILED
        ),
        bake=_seconds("bake", typed["bake"]),
        approve=typed["approve"] == "on",
    )


def _number(field: str, text: str, least: int, most: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 7
    if not is_number or not least <= int(text) <= most:
        raise PolicyError(field, f"must be a whole number from {least} to {most}, not {text!a}")
    return int(text)


def _seconds(field: str, text: str) -> float:
    seconds = parse_seconds(text) if text else 0.0
    if seconds is None or seconds > _LONGEST_BAKE:
        raise PolicyError(field, f"must be a time such as 90s, 30m or 2h, not {text!a}")
    return seconds
