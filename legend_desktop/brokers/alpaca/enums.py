"""Alpaca's words for order kinds, sides, lives and states, and ours."""

from legend_desktop.domain.enums import OrderSide, OrderState, OrderType, TimeInForce

ACCEPTED_WORDS = frozenset({"accepted", "pending_new", "accepted_for_bidding", "held", "pending_review"})
STATES = {
    **dict.fromkeys(ACCEPTED_WORDS, OrderState.ACCEPTED),
    "new": OrderState.WORKING,
    "stopped": OrderState.WORKING,
    "suspended": OrderState.WORKING,
    "partially_filled": OrderState.PARTIAL,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
    "replaced": OrderState.REPLACED,
}
"""The life states that a status word proves."""

WAITING_WORDS = frozenset({"pending_cancel", "pending_replace", "done_for_day", "calculated"})
"""Words of an order that Alpaca still has and that say nothing new of its life: it keeps the state it had."""

ENDED_WORDS = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
"""Words after which an order id does not work any more."""

COMPLEX_CLASSES = frozenset({"bracket", "oco", "oto", "mleg"})

TYPES = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "trailing_stop": OrderType.TRAILING_STOP,
}
SIDES = {kind.value: kind for kind in OrderSide}
TIMES_IN_FORCE = {kind.value: kind for kind in TimeInForce}


def state_of(word: str, *, filled: bool) -> OrderState | None:
    """Our state for a status word, ``None`` for one that nobody knows. ``filled``: some shares have traded."""
    if word in WAITING_WORDS:
        return OrderState.PARTIAL if filled else OrderState.ACCEPTED
    state = STATES.get(word)
    return OrderState.PARTIAL if filled and state is OrderState.WORKING else state


def side_of(*words: str | None) -> OrderSide | None:
    """The side that the first telling word means: ``buy``, ``sell``, ``sell_short``, ``buy_to_open`` ..."""
    for word in words:
        if word and word.startswith("buy"):
            return OrderSide.BUY
        if word and word.startswith("sell"):
            return OrderSide.SELL
    return None
