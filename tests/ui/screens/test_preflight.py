"""The checks before the first write, in the upgrade question and in the form."""

from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.fleet.preflight.result import Check, FindingLevel, PreflightFinding
from vmss_tui.ui.dialogs.plan_confirm import PlanConfirmScreen
from vmss_tui.ui.drawing.hanging_text import HangingText

REFUSAL = PreflightFinding(Check.SIZE, FindingLevel.REFUSAL, "Standard_E4s_v5 is not offered")
UNKNOWN = PreflightFinding(Check.RIGHTS, FindingLevel.NOT_KNOWN, "Azure did not answer in time")


async def test_the_question_opens_at_once_and_takes_no_yes_for_what_a_check_refuses() -> None:
    async with run_dashboard() as screen:
        checks, started = screen.services.preflight, screen.services.run_control.started_plans
        checks.findings = (REFUSAL, UNKNOWN)
        checks.may_answer.clear()
        await screen.pilot.press("U")
        await screen.pilot.pause()
        assert "checking …" in screen.text
        checks.may_answer.set()
        await screen.rest()
        assert "checking …" not in screen.text
        for part in ("Refused", "Standard_E4s_v5 is not offered", "Not checked", "Checked"):
            assert part in screen.text
        await screen.press("y")
        assert isinstance(screen.app.screen, PlanConfirmScreen)
        assert "Refused: Standard_E4s_v5 is not offered" in screen.text
        await screen.press("escape")
        checks.may_answer.clear()
        await screen.pilot.press("U", "y")
        await screen.pilot.pause()
        assert len(screen.app.screen_stack) == 2, "it was not refused yet"
        checks.may_answer.set()
        await screen.rest()
        assert "Nothing was started: Standard_E4s_v5" in screen.text
        assert started == []
        checks.findings = (
            UNKNOWN,
            PreflightFinding(Check.IMAGE, FindingLevel.CAUTION, "it ends soon"),
        )
        await screen.press("U", "y")
        assert started[0].cautions[-1] == "It ends soon."


def outline(screen: DashboardPilot) -> str:
    """What the form says about the plan, also below the fold."""
    return str(screen.app.screen.query_one("#outcome", HangingText).render())


async def test_the_form_shows_refusals_of_the_image_that_is_typed() -> None:
    async with run_dashboard() as screen:
        checks = screen.services.preflight
        await screen.press("R")
        assert "Checked   no problem" in outline(screen)
        first = len(checks.subjects)
        await screen.press("8")
        assert len(checks.subjects) == first == 1, "only another image is checked again"
        checks.findings = (REFUSAL,)
        await screen.press("escape", "R")
        assert outline(screen).split("\n")[5].startswith("Refused   Standard_E4s_v5 is")
