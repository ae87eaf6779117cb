"""What Alpaca's error answers mean: a refusal with its reason, an ended login, or nothing known.

Status and code are looked at first, then the extra fields, then the words, loosely: Alpaca may change its words at any
time. Whatever is no structured answer of Alpaca itself proves nothing about an order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from legend_desktop.brokers.alpaca.config import looks_like
from legend_desktop.brokers.errors import AuthExpired, OrderRefused, OutcomeUnknown, RateLimited
from legend_desktop.brokers.http import HttpAnswer
from legend_desktop.brokers.refusals import RefusalReason, advice_for, make_refusal
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import LegendError

NAME = "Alpaca"
DAY_TRADE_CODE = 40310100
_TAGS = re.compile(r"<[^>]*>")
_KEYS = re.compile(r"\b(access|api|secret)[ _-]?key|unauthorized|authentication", re.IGNORECASE)
_UNIQUE = re.compile(r"client_order_id must be unique", re.IGNORECASE)
_R = RefusalReason
_BY_WORDS: tuple[tuple[str, RefusalReason], ...] = (
    (r"must be unique", _R.DUPLICATE),
    (r"wash trade|cannot open a (short|long)", _R.WASH_TRADE),
    (r"insufficient (day.?trading |options |non.?marginable )?buying power", _R.BUYING_POWER),
    (r"insufficient qty", _R.SHARES_RESERVED),
    (r"pattern day|day.?trad|margin (call|defici|requirement|rule)|intraday margin", _R.DAY_TRADE_OR_MARGIN),
    (r"allowed to short|sold short|short (sell|sale|ing)|not shortable|locate", _R.NOT_SHORTABLE),
    (r"cost basis|minimal amount|notional must be|qty must be > 0", _R.SIZE_TOO_SMALL),
    (
        r"cannot replace|already replaced|chain not fully|parameters are not changed|unable to replace|"
        r"qty cannot be changed|must be > filled|cannot be replaced",
        _R.NOT_REPLACEABLE,
    ),
    (r"already in .* state|not cancel?l?able|cannot (be )?cancel", _R.NOT_CANCELABLE),
    (r"sub-?penny|increment|minimum pricing", _R.PRICE_INCREMENT),
    (r"stop_loss\.|stop price must (be|not be)", _R.STOP_BREACHED),
    (r"take_profit\.limit_price must be|away from|price (is )?too (far|high|low)|collar", _R.PRICE_COLLAR),
    (r"could not find|(asset|symbol)\b.*not found|invalid symbol|unknown (asset|symbol)", _R.UNKNOWN_SYMBOL),
    (r"market (is )?(currently )?closed|not open for trading", _R.MARKET_CLOSED),
    (r"extended.hours|overnight|\bopg\b|\bcls\b|submitted after|outside (of )?market hours", _R.SESSION),
    (r"too large|exceeds? (the )?max|600 ?%|maximum (qty|quantity|order)", _R.SIZE_TOO_LARGE),
    (
        r"fraction|bracket|\boco\b|\boto\b|orders? (require|must)|order type|time.in.force|trail_|"
        r"only (limit|market|one of)|position intent",
        _R.ORDER_TYPE,
    ),
    (
        r"not authori[sz]ed|restricted|liquidat|not eligible|blocked|suspended|not allowed|not permitted|"
        r"not active|not tradable|subscription|disabled|forbidden",
        _R.PERMISSION,
    ),
)


class Asked(StrEnum):
    """What was asked for, as the sentence about its refusal names it."""

    ORDER = "order"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """An error body. ``structured`` is true for Alpaca's own JSON, ``extra`` are its further fields as text."""

    message: str
    code: int | None = None
    structured: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


def read_error(answer: HttpAnswer) -> ErrorWords:
    """The words of an answer that is none of the good ones: JSON of Alpaca's, or the page of a server before it."""
    try:
        plain: Any = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        plain = None
    if isinstance(plain, dict) and isinstance(plain.get("message"), str):
        extra = {
            str(key): answer.redact(_word(value))[:200]
            for key, value in plain.items()
            if key not in {"code", "message"}
        }
        message = answer.redact(plain["message"])[:1000]
        return ErrorWords(message, _code(plain.get("code")), structured=True, extra=extra)
    text = " ".join(_TAGS.sub(" ", answer.text).split())
    return ErrorWords(text[:300] or f"status {answer.status}")


def is_duplicate(answer: HttpAnswer) -> bool:
    """True where Alpaca says that our id was used before: the first order with it arrived."""
    return answer.status in {409, 422} and bool(_UNIQUE.search(read_error(answer).message))


def write_error(answer: HttpAnswer, asked: Asked, mode: TradingMode, api_key: str = "") -> LegendError:
    """The error for a write that was not answered with 2xx."""
    words = read_error(answer)
    if answer.status == 401 or (answer.status == 403 and _is_about_login(words)):
        return login_refused(words, mode, api_key)
    if answer.status == 429:
        return _too_many(answer, words, asked)
    if not words.structured:
        return OutcomeUnknown(
            f"Alpaca's side answered {answer.status} and not in its own words. The request may have been carried out.",
            raw=f"{answer.status} {answer.text}",
        )
    return refusal(words, asked)


def refusal(words: ErrorWords, asked: Asked) -> OrderRefused:
    """The refusal with its reason, the broker's words and what to do."""
    reason = reason_of(words, asked)
    advice = _advice(words, reason)
    if asked is Asked.ORDER:
        return make_refusal(NAME, words.message, reason, advice)
    stands = "The order works unchanged." if asked is Asked.CHANGE else "It was not cancelled."
    return OrderRefused(
        f"Alpaca refused the {asked.value}: '{words.message}'. {stands}",
        broker_words=words.message,
        advice=advice or advice_for(reason),
        code=reason.value,
    )


def not_sent(sentence: str, reason: RefusalReason, advice: str = "") -> OrderRefused:
    """The refusal of an order that breaks a known rule of Alpaca's; it never left this machine."""
    return OrderRefused(
        f"{sentence} Nothing was sent.",
        broker_words=sentence,
        advice=advice or advice_for(reason),
        code=reason.value,
    )


def reason_of(words: ErrorWords, asked: Asked) -> RefusalReason:
    """The normalised reason."""
    if words.code == DAY_TRADE_CODE:
        return RefusalReason.DAY_TRADE_OR_MARGIN
    if "existing_order_id" in words.extra:
        return RefusalReason.WASH_TRADE
    text = words.message.lower()
    for pattern, reason in _BY_WORDS:
        if re.search(pattern, text):
            return reason
    if asked is Asked.ORDER:
        return RefusalReason.OTHER
    return RefusalReason.NOT_REPLACEABLE if asked is Asked.CHANGE else RefusalReason.NOT_CANCELABLE


def login_refused(words: ErrorWords, mode: TradingMode, api_key: str) -> AuthExpired:
    """The login is not accepted; where the key looks like one of the other mode, that is said."""
    seems = looks_like(api_key)
    message = f"Alpaca does not accept these keys for the {mode.value} account: '{words.message}'."
    if seems is not None and seems is not mode:
        advice = (
            f"They look like keys of a {seems.value} account. Enter the keys of the {mode.value} account, "
            f"or make a {seems.value} connection with these."
        )
    else:
        advice = f"Look on Alpaca's {mode.value} dashboard whether the key still exists, and enter it again."
    return AuthExpired(message, advice=advice, code="login_refused")


def _is_about_login(words: ErrorWords) -> bool:
    """403 is a refusal of the order where Alpaca gives a code and speaks of anything but the keys."""
    return not words.structured or words.code is None or bool(_KEYS.search(words.message))


def _too_many(answer: HttpAnswer, words: ErrorWords, asked: Asked) -> LegendError:
    """429 is documented as the refusal of the request itself; a page of some other server on the way proves nothing."""
    documented = words.structured or "x-ratelimit-limit" in answer.headers
    if not documented:
        return OutcomeUnknown(
            "A server before Alpaca asked for fewer requests. The request may have been carried out.",
            raw=f"{answer.status} {answer.text}",
        )
    if asked is Asked.CANCEL:
        return RateLimited("Alpaca has had too many requests in this minute and did not take the cancel.")
    return OrderRefused(
        f"Alpaca refused the {asked.value}: too many requests in this minute. Nothing was changed.",
        broker_words=words.message,
        advice="Wait a few seconds, then send it again.",
        code="rate_limited",
    )


def _advice(words: ErrorWords, reason: RefusalReason) -> str:
    """What to do, with the figures that Alpaca sent beside its words; empty where the general advice says it all."""
    extra, general = words.extra, advice_for(reason)
    if reason is RefusalReason.BUYING_POWER and {"buying_power", "cost_basis"} <= extra.keys():
        return f"The order needs {extra['cost_basis']}, there is {extra['buying_power']}. {general}"
    if reason is RefusalReason.SHARES_RESERVED and "available" in extra:
        held = f", {extra['held_for_orders']} are held by open orders" if "held_for_orders" in extra else ""
        return f"{extra['available']} shares are free{held}. {general}"
    if reason is RefusalReason.WASH_TRADE and "existing_order_id" in extra:
        return f"{general} It is order {extra['existing_order_id']}."
    if reason is RefusalReason.STOP_BREACHED and "market_price" in extra:
        return f"Alpaca has the market at {extra['market_price']}. {general}"
    if "base_price" in extra:
        return f"Alpaca measures from {extra['base_price']}. Set stop and target on the two sides of it."
    if reason is RefusalReason.ORDER_TYPE and "fraction" in words.message.lower():
        return "Trade whole shares, or a plain day order without exits."
    return ""


def _word(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _code(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None
