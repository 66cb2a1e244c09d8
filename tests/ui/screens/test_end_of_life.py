"""The end of life of image versions, on the list of scale sets."""

from datetime import UTC, datetime

from tests.support.fleets import NEW, NEWEST, OLD
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import three_set_services
from vmss_tui.fleet.image_offers import ImageVersion, SupportState


async def test_the_next_end_of_life_is_in_title_rows_and_totals_without_another_request() -> None:
    services = three_set_services()
    ends = ImageVersion(OLD, SupportState.ENDING, datetime(2027, 3, 31, tzinfo=UTC))
    services.images.catalogue.versions = (ImageVersion(NEWEST), ImageVersion(NEW), ends)
    async with run_dashboard(services, (200, 30), list_first=True) as screen:
        assert f"next end of life 2027-03-31  {OLD} in 3 scale sets" in screen.text
        assert "End of life" in screen.text
        assert screen.text.count("2027-03-31") == 5  # the title, three rows, the totals
        assert services.images.catalogue.requests == ["versions"]
