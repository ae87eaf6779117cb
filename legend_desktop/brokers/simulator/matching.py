"""How an order meets the market: pure rules over one feed and one order.

Taking: the shares shown at the touch are met first, then deeper prices with sizes that depend only on price and stock;
each shown share is met once. Resting: an order waits behind the shares that stood at its price before it, which trades
and shrinking sizes use up; it fills at its own price when trades reach or pass it, or when the far side comes to it.
"""

from collections.abc import Iterator

from legend_desktop.brokers.simulator.config import StopTrigger
from legend_desktop.brokers.simulator.feed import SymbolFeed
from legend_desktop.brokers.simulator.sim_order import SimOrder


def _levels(feed: SymbolFeed, *, buy: bool, depth: int) -> Iterator[tuple[int, int]]:
    """Prices and sizes on the far side from the touch outward, without what was already taken."""
    taken = feed.taken_ask if buy else feed.taken_bid
    level = feed.ask if buy else feed.bid
    shown = feed.ask_size if buy else feed.bid_size
    step = feed.step if buy else -feed.step
    for number in range(depth + 1):
        if level <= 0:
            return
        if number:
            # deeper prices are thicker, in a way that depends on nothing but the price
            shown = feed.spec.depth * (10 + 3 * number + level // feed.tick * 7 % 11) // 10
        left = shown - taken
        if left > 0:
            yield level, left
            taken = 0
        else:
            taken -= shown
        level += step


def take(feed: SymbolFeed, *, buy: bool, limit: int, wanted: int, depth: int) -> list[tuple[int, int]]:
    """Take up to ``wanted`` shares at ``limit`` or better (zero: at any price); returns prices and quantities."""
    fills: list[tuple[int, int]] = []
    for level, left in _levels(feed, buy=buy, depth=depth):
        if wanted <= 0 or (limit and (level > limit if buy else level < limit)):
            break
        quantity = min(wanted, left)
        fills.append((level, quantity))
        wanted -= quantity
        if buy:
            feed.taken_ask += quantity
        else:
            feed.taken_bid += quantity
    return fills


def available(feed: SymbolFeed, *, buy: bool, limit: int, depth: int) -> int:
    """Shares that ``take`` could get."""
    total = 0
    for level, left in _levels(feed, buy=buy, depth=depth):
        if limit and (level > limit if buy else level < limit):
            break
        total += left
    return total


def join_queue(feed: SymbolFeed, order: SimOrder) -> None:
    """Line up behind what stands at the order's price: nothing where it betters the market."""
    near, shown = (feed.bid, feed.bid_size) if order.buy else (feed.ask, feed.ask_size)
    if near <= 0 or (order.limit > near if order.buy else order.limit < near):
        order.queue = 0
    elif order.limit == near:
        order.queue = shown
    else:
        order.queue = feed.spec.depth


def resting_fill(feed: SymbolFeed, order: SimOrder, traded_at: int, traded: int, used: int) -> int:
    """Shares a resting order gets from this tick at its own price; its queue moves up.

    ``traded_at`` and ``traded`` are the trade of the tick (zeros for a quote), ``used`` what other own orders already
    got of it.
    """
    far, far_left = (
        (feed.ask, feed.ask_size - feed.taken_ask) if order.buy else (feed.bid, feed.bid_size - feed.taken_bid)
    )
    near, near_size = (feed.bid, feed.bid_size) if order.buy else (feed.ask, feed.ask_size)
    if far > 0 and (far <= order.limit if order.buy else far >= order.limit):
        got = max(0, min(order.remaining, far_left))
        if order.buy:
            feed.taken_ask += got
        else:
            feed.taken_bid += got
        if got:
            return got
    if near > 0:
        if near == order.limit:
            order.queue = min(order.queue, near_size)
        elif near < order.limit if order.buy else near > order.limit:
            order.queue = 0
    if traded <= 0 or (traded_at > order.limit if order.buy else traded_at < order.limit):
        return 0
    reach = traded
    if traded_at == order.limit:
        reach = max(0, traded - order.queue)
        order.queue = max(0, order.queue - traded)
    return max(0, min(order.remaining, reach, traded - used))


def stop_reached(feed: SymbolFeed, order: SimOrder, traded_at: int, mode: StopTrigger) -> bool:
    """True where this tick sets the stop off."""
    if mode is StopTrigger.TRADE:
        level = traded_at
    else:
        level = feed.ask if order.buy else feed.bid
    return level > 0 and (level >= order.trigger if order.buy else level <= order.trigger)


def trail_level(feed: SymbolFeed, order: SimOrder, traded_at: int, mode: StopTrigger) -> int:
    """The price a trailing stop follows on this tick: the trade, or the far side; zero for none."""
    if mode is StopTrigger.TRADE:
        return traded_at
    return feed.ask if order.buy else feed.bid
