"""What may reach a terminal, and what may be written down."""

import time
import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vmss_tui.text import (
    MAX_TEXT_LENGTH,
    cell,
    clean,
    is_secret,
    redact,
    redact_arguments,
    redact_json,
    redact_start,
)

NEVER = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
any_text = st.text(alphabet=st.characters(), max_size=60)
"""Every code point, half characters and unassigned ones too."""


@given(any_text)
@example("\x1b]52;c;cm0gLXJm\x07")
@example("\u202eevil\u2066")
@example("\ud800\U000e0041\ue000\u2028\u2029\ufeff\xad")
def test_nothing_that_could_steer_a_terminal_survives(untrusted: str) -> None:
    for character in clean(untrusted):
        assert character in "\n\t" or unicodedata.category(character) not in NEVER


@given(any_text)
def test_cleaning_twice_changes_nothing_more(untrusted: str) -> None:
    assert clean(clean(untrusted)) == clean(untrusted)


@given(any_text)
def test_redacting_never_fails(text: str) -> None:
    redact(f'"password": {text}')
    redact(f"{text} Authorization: {text}")


@given(any_text, st.sampled_from(["\u0130", "\u03a3", "\u1e9e", "\ufb03"]))
def test_letters_that_change_their_length_in_lower_case_move_no_secret(
    text: str, letter: str
) -> None:
    redacted = redact(f"{letter}{text}\n{letter} adminPassword=hunter2;kept")
    assert redacted.endswith(f"{letter} adminPassword=(redacted);kept")


@given(any_text, st.integers(min_value=1, max_value=80))
def test_a_cell_is_one_line_that_fits(untrusted: str, width: int) -> None:
    shown = cell(untrusted, width)
    assert len(shown) <= width
    assert not set(shown) & set("\n\t\r")


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("untrusted", "shown"),
    [
        ("\x00\x1b\x7f", "␀␛␡"),
        ("\x9b2J", "\\u009B2J"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\u202eb", "a\\u202Eb"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\uD800"),
        ("\U000e0041", "\\uE0041"),
        ("line\nline\ttab", "line\nline\ttab"),
        ("Zürich 東京 é", "Zürich 東京 é"),
        ("z" + "\u0301" * 40, "z\u0301\u0301"),
        ("[/red]", "[/red]"),
    ],
)
def test_odd_characters_are_shown_and_not_obeyed(untrusted: str, shown: str) -> None:
    assert clean(untrusted) == shown


@pytest.mark.parametrize(
    ("secret", "redacted"),
    [
        ("hunter2", "adminPassword: hunter2"),
        ("hunter2", '{"adminPassword":"hunter2"}'),
        ("hun ter2", '{"customData": "hun ter2", "x": 1}'),
        ("abc.def-ghi", "Authorization: Bearer abc.def-ghi"),
        ("c2lnbmF0dXJl", "https://a.blob.core.windows.net/x?sv=1&sig=c2lnbmF0dXJl&se=2"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
            "t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        ),
        ("s3cr3t", '"protectedSettings": {"key": "s3cr3t"}'),
        ("s3cr3t", "client_secret=s3cr3t"),
        ("s3cr3t", "userData=s3cr3t"),
        ('pass\\"word', '"password":"pass\\"word"'),
        ("s3cr3t", '{\\"adminPassword\\": \\"s3cr3t\\", \\"a\\": 1}'),
        ("s3cr3t", '"password": "s3cr3t and no end'),
        ("deep", '"protectedSettings": {"a": "}", "b": ["deep"]}, "c": 1'),
        ("deep", '"protectedSettings": {"a": {"b": "deep"}, "c": "deep"}'),
        ('a\\\\\\"b', '{\\"adminPassword\\": \\"a\\\\\\"b\\"}'),
        ("hun ter2", "{'adminPassword': 'hun ter2'}"),
        ("s3cr3t", "storageAccountKey=s3cr3t"),
        ("s3cr3t", "Authorization: s3cr3t"),
        ("s3cr3t", "> authorization: Basic s3cr3t"),
        ("s3cr3t", 'Authorization: Digest username="a", response="s3cr3t"'),
        ("s3cr3t", '{"Authorization": "SharedKey a:s3cr3t", "x": 1}'),
        ("s3cr3t", "X-Api-Key: s3cr3t"),
        ("s3cr3t", "Ocp-Apim-Subscription-Key: s3cr3t"),
        ("s3cr3t", "x-functions-key=s3cr3t"),
        ("s3cr3t", "Cookie: a=1; session=s3cr3t"),
        ("s3cr3t", "Set-Cookie: session=s3cr3t; Path=/"),
        ("s3cr3t", "curl -H 'Authorization: token s3cr3t' https://host"),
    ],
)
def test_secrets_are_taken_out_of_what_is_kept(secret: str, redacted: str) -> None:
    kept = redact(redacted)
    assert secret not in kept
    assert "(redacted" in kept


def test_what_stands_beside_a_secret_is_kept() -> None:
    text = '{"adminPassword":"a","name":"web"} exit code=1, size 3'
    assert redact(text) == '{"adminPassword":(redacted),"name":"web"} exit code=1, size 3'


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Authorization: Bearer abc\nnext line", "Authorization: Bearer (redacted)\nnext line"),
        (
            "curl -H 'Authorization: abc' https://host",
            "curl -H 'Authorization: (redacted)' https://host",
        ),
        ('{"Cookie":"a=b; c","n":1}', '{"Cookie":(redacted),"n":1}'),
        ("password=(redacted), next", "password=(redacted), next"),
        (
            "https://me:secret@host/x?sig=a%2Fb&x=1",
            "https://me:(redacted)@host/x?sig=(redacted)&x=1",
        ),
        ("password: ; token", "password: ; token"),
        ('{"protectedSettings":{"a":["]"]},"n":1}', '{"protectedSettings":(redacted),"n":1}'),
        ('"userData": "a\\\\", "n": 1', '"userData": (redacted), "n": 1'),
    ],
)
def test_only_the_secret_itself_is_taken_out(text: str, redacted: str) -> None:
    assert redact(text) == redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        'Etag provided in if-match header "2" does not match etag "3" of resource.',
        "AuthorizationFailed: the client does not have authorization to perform action 'x'.",
        "Cookie:\nthe next line",
        "disablePasswordAuthentication=true, tokens: 4, a cookie was set",
        "eyJ is no token, and neither is -eyJabcdefgh-eyJ",
    ],
)
def test_ordinary_words_are_not_redacted(text: str) -> None:
    assert redact(text) == text


# Arguments of commands


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("-H", "Authorization: Bearer s3cr3t"), ("-H", "Authorization: (redacted)")),
        (("Authorization:s3cr3t",), ("Authorization:(redacted)",)),
        (("--header=Authorization:s3cr3t",), ("--header=Authorization:(redacted)",)),
        (("-HX-Api-Key: s3cr3t",), ("-HX-Api-Key: (redacted)",)),
        (("-H", "X-Vault-Token: s3cr3t"), ("-H", "X-Vault-Token: (redacted)")),
        (
            ("--header", "Ocp-Apim-Subscription-Key: s3cr3t"),
            ("--header", "Ocp-Apim-Subscription-Key: (redacted)"),
        ),
        (("-H", "Cookie: a=b; session=s3cr3t"), ("-H", "Cookie: (redacted)")),
        (("--cookie", "session=s3cr3t"), ("--cookie", "(redacted)")),
        (("-u", "me:s3cr3t", "x"), ("-u", "me:(redacted)", "x")),
        (("--api-key", "s3cr3t", "x"), ("--api-key", "(redacted)", "x")),
        (("--set=token", "shown"), ("--set=token", "shown")),
        (("sh", "-c", "x -H 'Cookie: s3cr3t'; y"), ("sh", "-c", "x -H 'Cookie: (redacted)'; y")),
    ],
)
def test_headers_and_options_are_shown_without_their_secrets(
    given: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    assert redact_arguments(given) == shown
    assert redact_json({"gate": list(given)}) == {"gate": list(shown)}


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("adminPassword", True), ("X-Api-Key", True), ("client-secret", True), ("sasUri", True),
        ("Set-Cookie", True), ("protectedSettingsFromKeyVault", True), ("storageAccountKey", True),
        ("disablePasswordAuthentication", False), ("name", False), ("tokens", False), ("", False),
    ],
)  # fmt: skip
def test_keys_of_secrets(key: str, secret: bool) -> None:
    assert is_secret(key) is secret


# Long texts

LENGTH, SHARE, LIMIT = 1 << 18, 16, 0.15
"""Characters of a long text, how many times the short one is shorter, and seconds of CPU time
within which a call is quick."""
LONG_TEXTS = (
    "\\", '\\"', '"', "{", "[{", "-eyJ", "eyJ", "xeyJ", "eyJaaaaaaaa ", "eyJaaaaaaaa.",
    'password={\\"', "password={\\", "password={}", "password={{", "password=[", 'password="',
    "password='", "password=", "password=;", "password=a;", "password ", "shared_access_", "api-",
    "bearer ", "bearer a", "bearer\n", "://", "://a:", "://a:a", ";se=", "sig=", "?code=&",
    "authorization ", "authorization:", "authorization: basic ", 'cookie: ="', "cookie:\n",
    "a", "a ", "p", " ", "\n", "=", ":", "é", "🙂", "e\u0301", "\u0130", "\x1b", "\u202e",
)  # fmt: skip
"""Beginnings of secrets, and characters that could be read again and again."""


def cpu_seconds(call: Callable[[], object]) -> float:
    """CPU time of a call in this thread, of the quickest of three if it is slow."""
    times: list[float] = []
    while len(times) < 3 and (not times or times[-1] > LIMIT):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return min(times)


def check_proportion(call: Callable[[str], object], text: str) -> None:
    """A call that is not quick must at least be in proportion to one with a shorter text: on a
    busy computer both take longer. What is quadratic takes `SHARE` times more."""
    seconds = cpu_seconds(partial(call, text))
    assert seconds < LIMIT or seconds < 2 * SHARE * cpu_seconds(
        partial(call, text[: len(text) // SHARE])
    )


@pytest.mark.parametrize("part", LONG_TEXTS)
def test_a_long_text_takes_time_in_proportion_to_its_length(part: str) -> None:
    text = (part * (LENGTH // len(part) + 1))[:LENGTH]
    check_proportion(redact, text[: LENGTH // SHARE])
    check_proportion(redact, text)
    check_proportion(clean, text)


def test_a_text_is_cut_between_words_before_it_is_searched() -> None:
    secret = "password=hunter2 "
    start = redact_start("x" * 90 + " " + secret * 100_000, 100)
    assert start == "x" * 90 + " password="
    assert redact_start("short password=a", 100) == "short password=(redacted)"
    assert "user" not in redact("x " * (MAX_TEXT_LENGTH // 2 - 8) + "https://user:secret@host")
    assert len(redact("x" * 2 * MAX_TEXT_LENGTH)) <= MAX_TEXT_LENGTH


def test_a_text_of_nothing_but_secrets_is_read_up_to_a_number_of_them() -> None:
    redacted = redact("?sig=abc& " * 100_000)
    assert redacted.count("(redacted)") == 1_000
    assert redacted.endswith(" …")
    assert redact(redacted) == redacted
