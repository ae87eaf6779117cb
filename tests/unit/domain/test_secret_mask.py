"""A known secret is found in every way of writing it, and what is not secret comes back as it was."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.secret_mask import MASK, SecretMask

NEEDS_NO_SCREEN = True
SECRET = "Ab9/+x&y Z'7\"q\\k<"
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=6, max_size=40)


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET, safe="").replace("%2F", "%2f"),
        quote_plus(SECRET),
        html.escape(SECRET),
        "".join(f"&#{ord(sign)};" if not sign.isalnum() else sign for sign in SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(json.dumps(SECRET))[3:-3],
        SECRET.replace("/", "\\/"),
        "".join(f"\\u{ord(sign):04x}" if not sign.isalnum() else sign for sign in SECRET),
    ],
)
def test_each_spelling_is_masked(written: str) -> None:
    mask = SecretMask([SECRET])
    assert mask.clean(f"a {written} b") == f"a {MASK} b"
    assert mask.clean_bytes(f'{{"x": "{written}"}}'.encode()).decode() == f'{{"x": "{MASK}"}}'


@given(texts, texts, texts)
def test_no_base64_of_something_around_it_gives_it_away(before: str, secret: str, after: str) -> None:
    mask = SecretMask([secret])
    for lead in range(3):
        whole = base64.b64encode(f"{'u' * lead}{before}:{secret}:{after}".encode()).decode()
        left = mask.clean(whole)
        assert MASK in left
        assert len(left) <= len(whole) - len(secret) + len(MASK)


@given(st.binary(max_size=200))
def test_what_holds_no_secret_is_the_same_to_the_byte(body: bytes) -> None:
    assert SecretMask(["not in there 1234567"]).clean_bytes(body) == body


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_bytes_that_are_no_text_stay_around_a_secret(before: bytes, after: bytes) -> None:
    cleaned = SecretMask(["abcdef123456"]).clean_bytes(before + b"/abcdef123456/" + after)
    assert cleaned == before + f"/{MASK}/".encode() + after


def test_short_words_are_no_secrets_and_nothing_is_shown() -> None:
    assert SecretMask(["day", ""]).clean("good for the day") == "good for the day"
    assert SECRET not in repr(SecretMask([SECRET]))
