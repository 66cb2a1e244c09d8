"""Command lines to paste: a real `sh` splits them into what was meant, and does nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.engine_world import SET
from tests.support.paste_shell import PasteShell
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.shell import UNQUOTABLE, quote_words, readable_command, wrap_command
from vmss_tui.text import redact_arguments
from vmss_tui.ui.drawing.hanging_text import hang_lines
from vmss_tui.ui.text.common import command_content
from vmss_tui.upgrade.report.az_commands import (
    change_command,
    model_update_command,
    operation_commands,
    update_instances_command,
)

PIECES = (
    "'", '"', "`", "```", "$(>pwned)", "`>pwned`", ";>pwned;", "\n>pwned\n", "&& >pwned", "|",
    "$HOME", "${x}", "!", "!!", "\\", "\\'", "%s", "\\n", "*", "?", "~", "#", " ", "  ", "\t",
    "\x1b]0;x\x07", "\x7f", "\x85", "\u202e", "\u2028", "é", "東京", "🙂", "e\u0301\u0301\u0301",
    "-", "--", "=", ":", "password=", "it's", "(", ")", "{}", "<", ">", "a", "web_0", "1.2.3",
    "Authorization: Bearer abc", "https://me:abc@host/x?sig=abc", '"adminPassword": "x y"',
)  # fmt: skip
"""What quoting, redaction and drawing stumble over."""
hostile_words = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
many_examples = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def shell(tmp_path: Path) -> PasteShell:
    return PasteShell(tmp_path)


def possible(arguments: tuple[str, ...]) -> bool:
    """Whether a shell can pass all of them on, after redaction."""
    return not any(word.endswith("\n") or "\0" in word for word in redact_arguments(arguments))


@many_examples
@given(st.lists(hostile_words, min_size=1, max_size=4))
@example(["it's password=a'b c"])
@example(["-n", "--", "a\nb"])
def test_any_words_are_passed_on_as_they_are(shell: PasteShell, arguments: list[str]) -> None:
    line = quote_words(("az", *arguments))
    assert line.isascii()
    assert line.isprintable()
    if any(word.endswith("\n") for word in arguments):
        assert line == UNQUOTABLE
        assert shell.paste(line) == []
    else:
        assert shell.paste(line) == [("az", *arguments)]


@many_examples
@given(st.lists(hostile_words, min_size=1, max_size=8), st.integers(min_value=10, max_value=100))
def test_the_parts_of_a_wrapped_line_are_the_same_command(
    shell: PasteShell, arguments: list[str], width: int
) -> None:
    line = quote_words(("az", *arguments))
    parts = tuple(wrap_command(line, width))
    assert shell.paste("\n".join(parts)) == shell.paste(line)


def commands(value: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each kind of line with the value in it, and the words that are meant."""
    target = ("-g", SET.resource_group, "-n", SET.name)
    body: dict[str, Any] = {"sku": {"name": value}, "properties": {"a": {"b": [value]}, "c": True}}
    yield (
        model_update_command(SET, {"sku": {"name": value}}),
        ("vmss", "update", *target, "--set", f"sku.name={value}"),
    )
    assert model_update_command(SET, body).startswith(("az ", "#"))
    change = Change({}, (), "", ("vmss", "update", *target, "--set", f"x={value}"), False)
    yield change_command(change), change.az_arguments
    yield (
        update_instances_command(SET, ("0", value)),
        ("vmss", "update-instances", *target, "--instance-ids", "0", value),
    )
    (line,) = operation_commands(SET, OperationKind.RESTART, ProtectionScope.SCALE_IN, (value,))
    yield line, ("vmss", "restart", *target, "--instance-ids", value)


@many_examples
@given(hostile_words)
@example("```")
@example("https://x/password='y.vhd")
@example("it's \"quoted\" password='x")
def test_every_az_line_does_what_it_says_and_nothing_else(shell: PasteShell, value: str) -> None:
    lines = list(commands(value))
    calls = shell.paste("\n".join(line for line, _ in lines))
    assert calls == [
        ("az", *redact_arguments(arguments)) for _, arguments in lines if possible(arguments)
    ]


@pytest.mark.parametrize("width", [40, 72, 200])
def test_a_dialog_divides_a_command_between_its_words(shell: PasteShell, width: int) -> None:
    arguments = ("az", "vmss", "update", "--set", "a=it's  two", *(f"id-{n}" for n in range(40)))
    drawn = hang_lines(command_content(quote_words(arguments)), width)
    assert shell.paste(drawn.plain) == [arguments]


def test_a_command_that_is_too_long_for_a_dialog_is_not_shown_in_part() -> None:
    line = quote_words(("az", "vmss", "delete-instances", *map(str, range(1000))))
    assert "delete-instances" not in command_content(line).plain


@pytest.mark.parametrize(
    ("stored", "arguments"),
    [
        (
            "az vmss restart -g 'größe' -n web",
            ("az", "vmss", "restart", "-g", "größe", "-n", "web"),
        ),
        ("az vmss update --set 'a=\x1b[2J'", ("az", "vmss", "update", "--set", "a=\x1b[2J")),
        ("az vmss update --set 'a=\x1b", ()),
    ],
)
def test_a_line_that_an_older_version_stored_is_quoted_anew(
    shell: PasteShell, stored: str, arguments: tuple[str, ...]
) -> None:
    assert shell.paste(readable_command(stored)) == ([arguments] if arguments else [])


def test_a_secret_is_in_no_line() -> None:
    for line, _ in commands("password=hunter2"):
        assert "hunter2" not in line
