"""Runs the program signed in with a marked token: `python -m tests.support.marked_token ARGS`.

With MARKED_CRASH in the environment the first reading of a scale set raises an unexpected error
with secrets in its message and in its variables.
"""

import os
import sys
import time
from typing import Any

from azure.core.credentials import AccessTokenInfo

from vmss_tui.__main__ import main
from vmss_tui.arm import gateway as client
from vmss_tui.arm.transport.credentials import SimulatorCredential

TOKEN = "eyJhbGciOiJub25lIn0.eyJNQVJLRUQiOiJNQVJLRUQifQ.MARKEDsignature"
"""It has the form of a JWT."""


def token(*_arguments: Any, **_more: Any) -> AccessTokenInfo:
    """A token that is valid for a day."""
    return AccessTokenInfo(TOKEN, int(time.time()) + 86_400)


def crash(*_arguments: Any, **_more: Any) -> None:
    """Raises as a library does that puts its arguments into the message."""
    password = "MARKED-a-variable"
    raise LookupError(f"Authorization: Bearer {TOKEN}; adminPassword: MARKED-said; {len(password)}")


if __name__ == "__main__":
    SimulatorCredential.get_token_info = token  # type: ignore[method-assign]
    if os.environ.get("MARKED_CRASH"):
        client.ArmGateway.observe = crash  # type: ignore[method-assign,assignment]
    sys.exit(main())
