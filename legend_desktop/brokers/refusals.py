"""Why a broker refused an order, in one set of words for all brokers, each with the one thing to do."""

from enum import StrEnum

from legend_desktop.brokers.errors import OrderRefused

WORDS_LIMIT = 300


class RefusalReason(StrEnum):
    """The normalised reason; the broker's own words are kept beside it."""

    BUYING_POWER = "buying_power"
    UNKNOWN_SYMBOL = "unknown_symbol"
    MARKET_CLOSED = "market_closed"
    SIZE_TOO_SMALL = "size_too_small"
    SIZE_TOO_LARGE = "size_too_large"
    PRICE_COLLAR = "price_collar"
    DAY_TRADE_OR_MARGIN = "day_trade_or_margin"
    NOT_SHORTABLE = "not_shortable"
    WASH_TRADE = "wash_trade"
    DUPLICATE = "duplicate"
    PERMISSION = "permission"
    SHARES_RESERVED = "shares_reserved"
    STOP_BREACHED = "stop_breached"
    PRICE_INCREMENT = "price_increment"
    NOT_REPLACEABLE = "not_replaceable"
    NOT_CANCELABLE = "not_cancelable"
    ORDER_TYPE = "order_type"
    SESSION = "session"
    OTHER = "other"


_ADVICE = {
    RefusalReason.BUYING_POWER: "Trade fewer shares, or cancel open orders that hold buying power.",
    RefusalReason.UNKNOWN_SYMBOL: "Check the spelling of the symbol.",
    RefusalReason.MARKET_CLOSED: "Send it again when the market is open, or as a limit order for extended hours.",
    RefusalReason.SIZE_TOO_SMALL: "Trade more shares.",
    RefusalReason.SIZE_TOO_LARGE: "Trade fewer shares, or split the order.",
    RefusalReason.PRICE_COLLAR: "Set the price nearer to the market.",
    RefusalReason.DAY_TRADE_OR_MARGIN: "Look at the margin figures in Account; the broker can lift the rule.",
    RefusalReason.NOT_SHORTABLE: "The broker has no shares to lend now; only sell shares that you hold.",
    RefusalReason.WASH_TRADE: "Cancel your own order on the other side first, or use a bracket.",
    RefusalReason.DUPLICATE: "The first order arrived; look in Orders before sending another.",
    RefusalReason.PERMISSION: "Ask the broker to allow this for the account, or for this key.",
    RefusalReason.SHARES_RESERVED: "Cancel or change the exit order that holds the shares.",
    RefusalReason.STOP_BREACHED: "The market is already past the stop; set it on the other side of the price.",
    RefusalReason.PRICE_INCREMENT: "Use a price in the symbol's steps.",
    RefusalReason.NOT_REPLACEABLE: "Cancel the order and send a new one.",
    RefusalReason.NOT_CANCELABLE: "It is too late to cancel; look at its state in Orders.",
    RefusalReason.ORDER_TYPE: "Choose another order type or time in force.",
    RefusalReason.SESSION: "Choose another session, or send it in regular hours.",
    RefusalReason.OTHER: "Read the broker's words; its support knows what they mean.",
}


def advice_for(reason: RefusalReason) -> str:
    """One plain sentence: what to do about ``reason``."""
    return _ADVICE[reason]


def make_refusal(broker_name: str, words: str, reason: RefusalReason, advice: str = "") -> OrderRefused:
    """The error for a definite refusal. ``words`` are the broker's, already without secrets; ``advice`` wins over ours.

    ``str(error)`` says who refused what and why, and what holds now; ``error.sentence`` adds what to do.
    """
    quoted = " ".join(words.split())
    if len(quoted) > WORDS_LIMIT:
        quoted = quoted[: WORDS_LIMIT - 1].rstrip() + "…"
    why = f": '{quoted}'" if quoted else " without a reason"
    what, standing = _STANDING.get(reason, ("the order", "Nothing is working."))
    return OrderRefused(
        f"{broker_name} refused {what}{why}. {standing}",
        broker_words=words,
        advice=advice or advice_for(reason),
        code=reason.value,
    )


_STANDING = {
    RefusalReason.NOT_REPLACEABLE: ("the change", "The order works unchanged."),
    RefusalReason.NOT_CANCELABLE: ("the cancel", "Nothing was cancelled."),
    RefusalReason.DUPLICATE: ("the order", "An order with this id is already there."),
}
"""What was refused and what holds at the broker now, where it is not an order that never came to be."""
