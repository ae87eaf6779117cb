"""The newest quote of every symbol, and who wants to know."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.quotes import Quote
from legend_desktop.services.fault_throttle import FaultThrottle
from legend_desktop.services.task_supervisor import Reporter, log_report

QuoteHandler = Callable[[Quote], None]
_RATE_WINDOW_NS = 2_000_000_000


class QuoteBoard:
    """Keeps one quote a symbol and tells listeners of each new one. Used from one thread.

    Listeners run inside ``put``, thousands of times a second: they note what changed and paint later. One that fails
    each time is reported once a minute, with how often.
    """

    def __init__(self, clock: Clock, report: Reporter = log_report) -> None:
        self._clock = clock
        self._faults = FaultThrottle(report, clock)
        self._quotes: dict[str, Quote] = {}
        self._handlers: list[QuoteHandler] = []
        self._counts: deque[tuple[int, int]] = deque()
        self._count = 0

    @property
    def symbols(self) -> list[str]:
        """Symbols that have a quote, sorted."""
        return sorted(self._quotes)

    def latest(self, symbol: str) -> Quote | None:
        """The newest quote of ``symbol``, ``None`` when there was none."""
        return self._quotes.get(symbol)

    def put(self, quote: Quote) -> None:
        """Take a quote; one older than the quote held is dropped."""
        known = self._quotes.get(quote.symbol)
        if known is not None and quote.timestamp < known.timestamp:
            return
        self._quotes[quote.symbol] = quote
        self._count += 1
        for handler in self._handlers:
            try:
                handler(quote)
            except Exception as error:  # noqa: BLE001  one listener's fault must not stop the quotes
                self._faults.failed(error, f"quote listener {_name(handler)}")
        self._faults.tell_due()

    def subscribe(self, handler: QuoteHandler) -> Callable[[], None]:
        """Call ``handler`` with every quote; returns the function that ends it."""
        self._handlers = [*self._handlers, handler]

        def unsubscribe() -> None:
            self._handlers = [row for row in self._handlers if row is not handler]

        return unsubscribe

    def per_second(self) -> float:
        """Quotes a second over about the last two seconds; ask about once a second."""
        now = self._clock.monotonic_ns()
        self._counts.append((now, self._count))
        while len(self._counts) > 2 and now - self._counts[1][0] >= _RATE_WINDOW_NS:
            self._counts.popleft()
        first_at, first_count = self._counts[0]
        if now <= first_at:
            return 0.0
        return (self._count - first_count) * 1e9 / (now - first_at)

    def oldest(self, now: datetime) -> tuple[str, timedelta] | None:
        """The symbol whose quote is the oldest, with its age."""
        if not self._quotes:
            return None
        quote = min(self._quotes.values(), key=lambda row: row.timestamp)
        return quote.symbol, quote.age(now)


def _name(handler: QuoteHandler) -> str:
    """A listener as a fault names it."""
    name: str = getattr(handler, "__qualname__", "") or type(handler).__name__
    return name.rpartition("<locals>.")[2]
