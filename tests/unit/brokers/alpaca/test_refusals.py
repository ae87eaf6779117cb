"""What an error answer proves, by status and code first and by its words last."""

import json
from typing import Any

import pytest

from legend_desktop.brokers.alpaca.refusals import Asked, is_duplicate, not_sent, read_error, write_error
from legend_desktop.brokers.errors import AuthExpired, OrderRefused, OutcomeUnknown, RateLimited
from legend_desktop.brokers.http import HttpAnswer
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import LegendError

R = RefusalReason
PAGE = b"<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>"


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, headers or {}, raw, 1.0, lambda text: text.replace("hush", "•••"))


def error(
    status: int, body: Any, asked: Asked = Asked.ORDER, key: str = "PKX", headers: dict[str, str] | None = None
) -> LegendError:
    return write_error(answer(status, body, headers), asked, TradingMode.PAPER, key)


def told(code: int | None, message: str, **extra: Any) -> dict[str, Any]:
    return {**({} if code is None else {"code": code}), "message": message, **extra}


@pytest.mark.parametrize(
    ("status", "code", "words", "reason"),
    [
        (403, 40310000, "insufficient buying power", R.BUYING_POWER),
        (403, 40310000, "insufficient qty available for order (requested: 10, available: 0)", R.SHARES_RESERVED),
        (403, 40310000, "potential wash trade detected. use complex orders", R.WASH_TRADE),
        (422, 42210000, "potential wash trade detected. use complex orders", R.WASH_TRADE),
        (403, 40310000, "account is not allowed to short", R.NOT_SHORTABLE),
        (422, 42210000, 'asset "X" cannot be sold short', R.NOT_SHORTABLE),
        (403, 40310000, "cannot open a short sell while a long buy order is open", R.WASH_TRADE),
        (403, 40310000, "cost basis must be >= minimal amount of order 1", R.SIZE_TOO_SMALL),
        (422, 42210000, "notional must be >= 1.00", R.SIZE_TOO_SMALL),
        (403, 40310000, "account is restricted to liquidation only", R.PERMISSION),
        (403, 40310000, "account not authorized to trade", R.PERMISSION),
        (403, 40310000, 'asset "X" is not fractionable', R.ORDER_TYPE),
        (403, 40310000, "opg orders must be submitted after 7:00pm and before 9:28am", R.SESSION),
        (403, 40310100, "trade denied due to pattern day trading protection", R.DAY_TRADE_OR_MARGIN),
        (403, 40310100, "words that have changed", R.DAY_TRADE_OR_MARGIN),
        (422, 40010001, "client_order_id must be unique", R.DUPLICATE),
        (422, 40010001, "qty must be > 0", R.SIZE_TOO_SMALL),
        (422, 40010001, "bracket orders must be market or limit orders", R.ORDER_TYPE),
        (422, 40010001, "limit orders require a limit price", R.ORDER_TYPE),
        (422, 42210000, "invalid limit_price 290.123. sub-penny increment does not fulfill", R.PRICE_INCREMENT),
        (422, 42210000, 'asset "NOPE" not found', R.UNKNOWN_SYMBOL),
        (422, 40010001, "could not find us_equity 'NOPE'", R.UNKNOWN_SYMBOL),
        (422, 42210000, "extended hours order must be DAY or GTC limit orders", R.SESSION),
        (422, 42210000, "fractional orders must be simple orders", R.ORDER_TYPE),
        (422, 42210000, "stop price must be less than current price", R.STOP_BREACHED),
        (422, 42210000, "stop_loss.stop_price must be <= base_price - 0.01", R.STOP_BREACHED),
        (422, 42210000, "take_profit.limit_price must be >= base_price + 0.01", R.PRICE_COLLAR),
        (400, 40010000, "request body format is invalid", R.OTHER),
    ],
)
def test_every_documented_refusal_of_an_order_has_its_reason(
    status: int, code: int, words: str, reason: RefusalReason
) -> None:
    found = error(status, told(code, words))
    assert isinstance(found, OrderRefused)
    assert (found.code, found.broker_words) == (reason.value, words)
    assert found.advice


@pytest.mark.parametrize(
    "words",
    [
        "cannot replace order in accepted status",
        "order already replaced",
        "order chain not fully replaced",
        "order parameters are not changed",
        "qty must be > filled_qty",
        "unable to replace order, order is not open",
        "qty cannot be changed for advanced orders",
        "words that nobody has seen",
    ],
)
def test_a_refused_change_leaves_the_order_as_it_is(words: str) -> None:
    found = error(422, told(42210000, words), Asked.CHANGE)
    assert isinstance(found, OrderRefused)
    assert found.code == R.NOT_REPLACEABLE
    assert "The order works unchanged." in str(found)


def test_trap_9_a_change_without_buying_power_keeps_its_reason_and_the_order() -> None:
    found = error(403, told(40310000, "insufficient qty available for order"), Asked.CHANGE)
    assert found.code == R.SHARES_RESERVED
    assert "The order works unchanged." in str(found)
    assert "Nothing is working" not in str(found)


@pytest.mark.parametrize(("status", "code"), [(422, 42210000), (404, 40410000)])
def test_a_refused_cancel_says_that_nothing_was_cancelled(status: int, code: int) -> None:
    found = error(status, told(code, 'order is already in "filled" state'), Asked.CANCEL)
    assert isinstance(found, OrderRefused)
    assert found.code == R.NOT_CANCELABLE
    assert "It was not cancelled." in str(found)


@pytest.mark.parametrize(
    ("extra", "words", "advice"),
    [
        (
            {"buying_power": "1765.28", "cost_basis": "48640"},
            "insufficient buying power",
            "needs 48640, there is 1765.28",
        ),
        (
            {"available": "0", "existing_qty": "12", "held_for_orders": "12", "related_orders": ["a"]},
            "insufficient qty available for order",
            "0 shares are free, 12 are held by open orders",
        ),
        (
            {"existing_order_id": "8f1", "reject_reason": "opposite side market/stop order exists"},
            "anything at all",
            "It is order 8f1",
        ),
        (
            {"stop_price": "180", "market_price": 175.5},
            "stop price must be less than current price",
            "has the market at 175.5",
        ),
        ({"base_price": "182.11"}, "take_profit.limit_price must be >= base_price + 0.01", "measures from 182.11"),
    ],
)
def test_the_figures_beside_the_words_go_into_the_advice(extra: dict[str, Any], words: str, advice: str) -> None:
    assert advice in error(403, told(40310000, words, **extra)).advice


@pytest.mark.parametrize("body", [PAGE, told(None, "unauthorized."), told(40110000, "request is not authorized")])
def test_401_ends_the_login_whatever_its_body_is(body: Any) -> None:
    assert isinstance(error(401, body), AuthExpired)


def test_403_without_alpacas_code_is_about_the_login_and_with_it_about_the_order() -> None:
    assert isinstance(error(403, PAGE), AuthExpired)
    assert isinstance(error(403, told(None, "forbidden.")), AuthExpired)
    assert isinstance(error(403, told(40310000, "access key verification failed : access key not found")), AuthExpired)
    assert isinstance(error(403, told(40310000, "insufficient buying power")), OrderRefused)


@pytest.mark.parametrize(
    ("key", "words"), [("AKLIVE", "keys of a live account"), ("PKPAPER", "paper dashboard"), ("", "")]
)
def test_case_84_keys_that_look_like_the_other_kind_are_said_to(key: str, words: str) -> None:
    found = error(401, told(None, "unauthorized."), key=key)
    assert words in found.advice
    assert "paper account" in str(found)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_page_of_some_other_server_proves_nothing(status: int) -> None:
    found = error(status, b"<html><h1>Bad Request</h1></html>")
    assert isinstance(found, OutcomeUnknown)
    assert "Bad Request" in found.raw


def test_case_12_too_many_requests_are_a_refusal_in_alpacas_words_only() -> None:
    found = error(429, told(42910000, "too many requests."))
    assert isinstance(found, OrderRefused)
    assert found.code == "rate_limited"
    assert isinstance(error(429, b"", headers={"x-ratelimit-limit": "200"}), OrderRefused)
    assert isinstance(error(429, PAGE), OutcomeUnknown)
    assert isinstance(error(429, told(None, "too many requests."), Asked.CANCEL), RateLimited)


@pytest.mark.parametrize("status", [409, 422])
def test_fact_2_a_duplicate_is_seen_by_its_words_under_either_status(status: int) -> None:
    assert is_duplicate(answer(status, told(40010001, "client_order_id must be unique")))
    assert not is_duplicate(answer(status, told(40010001, "qty must be > 0")))
    assert not is_duplicate(answer(500, told(40010001, "client_order_id must be unique")))


def test_words_are_cleaned_of_secrets_and_of_tags() -> None:
    assert read_error(answer(422, told(1, "the key hush is wrong"))).message == "the key ••• is wrong"
    words = read_error(answer(502, PAGE.replace(b"403 Forbidden", b"502 hush")))
    assert words.message == "502 ••• nginx"
    assert not words.structured


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"message": 5}', b'{"code": {}, "message": "x"}', b"\xff"])
def test_strange_bodies_are_read_without_a_fault(body: bytes) -> None:
    found = read_error(answer(422, body))
    assert found.message
    assert found.code is None


def test_what_never_left_says_so() -> None:
    found = not_sent("Two is a crowd.", R.ORDER_TYPE)
    assert str(found) == "Two is a crowd. Nothing was sent."
    assert found.advice
