"""The report of a campaign: what was done, what was saved, and text that cannot become markup."""

import msgspec
from msgspec.structs import replace

from tests.support.campaign_harness import CampaignHarness
from tests.support.campaign_plans import campaign_plan, key, member
from tests.support.html_page import HOSTILE, Page, check_harmless
from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.events.operator import CampaignIntentKind
from vmss_tui.campaign.plan import LeftOutMember, StagePlan
from vmss_tui.campaign.report.campaign_facts import build_campaign_report
from vmss_tui.campaign.report.campaign_page import render_campaign_html
from vmss_tui.campaign.report.campaign_report import CampaignReport
from vmss_tui.campaign.report.campaign_text import render_campaign_markdown, untouched_text
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict

CANARY = StagePlan(name="canary", members=(member("canary"),))
REST = StagePlan(name="rest", members=tuple(member(f"web-{n}") for n in range(3)), approve=True)


def report_of(harness: CampaignHarness) -> CampaignReport:
    """The report of a campaign that has begun."""
    report = build_campaign_report(harness.records, harness.world.views())
    assert report is not None
    return report


def test_the_report_of_a_bad_canary_says_what_was_saved() -> None:
    harness = CampaignHarness(campaign_plan(CANARY, REST, on_failure=OnFailure.REVERT))
    harness.world.outcomes[key("canary")] = "fails"
    harness.cycles(8)
    report = report_of(harness)
    assert (report.untouched_members, report.untouched_instances) == (3, 6)
    saved = "3 scale sets with 6 instances were never touched (stage rest)"
    assert untouched_text(report) == saved
    canary = report.members[0]
    assert (canary.state, len(canary.runs), canary.planned) == (MemberState.REVERTED, 1, 2)
    assert report.stages[1].untouched_instances == 6
    text = render_campaign_markdown(report)
    assert text.startswith("# Campaign ubuntu-1: Rolled back\n")
    assert saved in text
    assert "1 rolled back" in text
    assert "| `rollback` | `1 scale set of stage canary failed (canary): failure` |" in text
    decoded = msgspec.json.decode(msgspec.json.encode(report), type=CampaignReport)
    assert decoded == report


def test_the_report_of_a_completed_campaign_has_every_member_and_turn() -> None:
    verdict = Verdict(command=("probe",), every=30.0)
    harness = CampaignHarness(campaign_plan(CANARY, REST, verdict=verdict))
    harness.cycles(4)
    harness.send(CampaignIntentKind.APPROVE)
    harness.send(CampaignIntentKind.SKIP, key("web-2"))
    harness.cycles(12)
    report = report_of(harness)
    assert [m.state for m in report.members] == [*[MemberState.UPGRADED] * 3, MemberState.SKIPPED]
    assert report.stages[1].approved_by == "ada"
    assert report.upgraded_instances == 6
    assert untouched_text(report) == "1 scale set with 2 instances was never touched"
    assert [turn.kind for turn in report.turns][:4] == ["stage", "stage", "approved", "skipped"]
    assert all(m.started_at and m.ended_at and m.seconds == 10.0 for m in report.members[:3])
    assert report.stages[0].samples > 0
    assert build_campaign_report([]) is None


def test_text_from_outside_cannot_become_markup() -> None:
    hostile = "`x` | <b>[a](http://b)\x1b[31m\n# head"
    stage = StagePlan(name=hostile, members=(member("web"),))
    left_out = LeftOutMember(
        subscription_id="s", resource_group="rg", name="old", reason=hostile, region="x"
    )
    plan = replace(
        campaign_plan(stage), left_out=(left_out,), change=(hostile,), source=hostile, name=hostile
    )
    harness = CampaignHarness(plan)
    harness.world.outcomes[key("web")] = "fails"
    harness.cycles(3)
    report = replace(report_of(harness), message=hostile, reason=hostile, damage=hostile)
    text = render_campaign_markdown(report)
    assert "\x1b" not in text
    outside = "".join(part for line in text.splitlines() for part in line.split("`")[::2])
    assert "<b>" not in outside.replace("<br>", "")
    assert "http:" not in outside
    assert not any(line.startswith("# head") for line in text.splitlines())


def test_the_page_of_a_campaign_has_every_member_and_shows_hostile_text_as_text() -> None:
    stage = StagePlan(name=HOSTILE, members=(member("web"), member("api")))
    left_out = LeftOutMember(
        subscription_id="s", resource_group=HOSTILE, name=HOSTILE, reason=HOSTILE, region="x"
    )
    changes = {"left_out": (left_out,), "change": (HOSTILE,), "source": HOSTILE, "name": HOSTILE}
    harness = CampaignHarness(replace(campaign_plan(stage, REST), **changes))
    harness.world.outcomes[key("web")] = "fails"
    harness.cycles(3)
    report = replace(report_of(harness), message=HOSTILE, damage=HOSTILE, by=HOSTILE)
    members = (*report.members[:1], replace(report.members[1], name=HOSTILE, message=HOSTILE))
    report = replace(report, members=(*members, *report.members[2:]), campaign=HOSTILE)
    html = render_campaign_html(report)
    page = Page(html)
    check_harmless(page)
    assert page.text.count("<script>alert(1)</script>") > 10
    assert "\x1b" not in html
    assert page.text.count("web-2") == 3  # a cell, and a row with its resource id
    assert "4 scale sets with 8 instances were never touched" in page.text
    assert "Demo: simulated, not Azure" in Page(render_campaign_html(report, is_demo=True)).text
