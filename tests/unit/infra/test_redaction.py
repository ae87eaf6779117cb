import base64
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.infra.redaction import RedactionFilter, Redactor

CANARY = "c4n4ry/Secret+Value=="


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {s}",
        "{{'authorization': 'Bearer {s}', 'accept': 'x'}}",
        "headers={{'APCA-API-SECRET-KEY': '{s}'}}",
        "APCA-API-KEY-ID: {s}",
        "Cookie: session={s}; other=1",
        '{{"access_token": "{s}", "expires_in": 1800}}',
        "{{'refresh_token': '{s}'}}",
        "POST body grant_type=refresh_token&refresh_token={s}&x=1",
        "GET /callback?code={s}&state=1",
        '{{"code":"{s}"}}',
        "postgresql://legend:{s}@db/legend",
        "client_secret={s}",
        "ALPACA_API_SECRET={s}",
        '{{"password" : "{s}"}}',
    ],
)
def test_the_shapes_of_secrets_are_masked_without_knowing_them(text: str) -> None:
    secret = "abcDEF0123456789xyz"
    cleaned = Redactor().clean(text.format(s=secret))
    assert secret not in cleaned
    assert "•••" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        '{"code": "insufficient_qty", "message": "no"}',
        "exit code=1",
        "sent 126 AAPL at 175.52, limit 180.00",
        "https://localhost:5000/v1/api answered 200",
        "LD-P-a1-000123 working",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert Redactor().clean(text) == text


@given(st.text(min_size=6).filter(lambda text: text.strip("=") and len(text.strip("=")) > 5), st.text(), st.text())
def test_a_known_secret_never_passes_in_any_form(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    try:
        encoded = base64.b64encode(secret.encode()).decode()
    except UnicodeEncodeError:
        return
    for form in (secret, encoded, quote(secret, safe="")):
        assert form not in redactor.clean(f"{before}{form}{after}").replace("•••", "")


def test_an_account_number_keeps_its_last_four() -> None:
    redactor = Redactor()
    redactor.add_account("1234567890")
    assert redactor.clean("account 1234567890 opened") == "account …7890 opened"


def test_a_short_word_is_not_taken_for_a_secret() -> None:
    redactor = Redactor()
    redactor.add("day")
    assert redactor.clean("good for the day") == "good for the day"


def test_the_filter_cleans_arguments_tracebacks_and_wrong_calls() -> None:
    redactor = Redactor()
    redactor.add(CANARY)
    sieve = RedactionFilter(redactor)
    try:
        raise ValueError(f"server said {CANARY}")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "sent %s", (CANARY,), info)
    wrong = logging.LogRecord("x", logging.ERROR, "f", 1, f"%d {CANARY}", ("text",), None)
    assert sieve.filter(record)
    assert sieve.filter(wrong)
    whole = logging.Formatter().format(record) + logging.Formatter().format(wrong)
    assert CANARY not in whole
    assert "server said" in whole
