"""A name that does not exist is answered with the one that is meant."""

import pytest

from tests.support.command_line import CommandLine, refusal
from vmss_tui.errors import ExitCode

LISTED = (
    "`vmss-tui --help` lists the commands. Is it a scale set? "
    "Scale sets are written RESOURCE_GROUP/NAME"
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["statu"], "unknown command 'statu'; did you mean 'status'?"),
        (["rollback", "web-1"], "unknown command 'rollback'; did you mean 'revert'?"),
        (["worker1"], f"unknown command 'worker1'; {LISTED}"),  # hidden commands are not suggested
        (["web"], f"unknown command 'web'; {LISTED}"),
        (["list", "--jsn"], "unknown option '--jsn'; did you mean '--json'?"),
        (["list", "--xyz"], "unknown option '--xyz'"),
    ],
)
def test_the_closest_name_is_suggested(
    cli: CommandLine, arguments: list[str], message: str
) -> None:
    assert refusal(*cli(*arguments), ExitCode.USAGE) == message
