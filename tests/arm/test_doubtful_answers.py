"""Answers to a write that contradict themselves: nothing is certain but what is seen afterwards."""

import pytest

from tests.support.gateway_harness import REQUEST_ID, UPGRADE, GatewayFactory
from vmss_tui.gateway import Unknown


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("status", [200, 202])
def test_a_success_with_an_error_in_its_body_is_unknown(
    wire: GatewayFactory, status: int, done: bool
) -> None:
    wired = wire()
    body = {"error": {"code": "InternalExecutionError", "message": "It went wrong."}}
    wired.fault(UPGRADE, {"status": status, "body": body, "done": done})
    with pytest.raises(Unknown, match=r"HTTP 20\d with an error.*It went wrong"):
        wired.gateway.upgrade(wired.set_id, ["5"], REQUEST_ID)
    assert wired.upgraded() == ["5"] * done
    assert len(wired.requested_paths("POST")) == 1
