"""What may reach a terminal, and what may be written down."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vmss_tui.text import cell, clean, redact

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
    ],
)
def test_secrets_are_taken_out_of_what_is_kept(secret: str, redacted: str) -> None:
    kept = redact(redacted)
    assert secret not in kept
    assert "(redacted" in kept


def test_what_stands_beside_a_secret_is_kept() -> None:
    text = '{"adminPassword":"a","name":"web"} exit code=1, size 3'
    assert redact(text) == '{"adminPassword":(redacted),"name":"web"} exit code=1, size 3'


def test_ordinary_words_are_not_redacted() -> None:
    text = 'Etag provided in if-match header "2" does not match etag "3" of resource.'
    assert redact(text) == text
