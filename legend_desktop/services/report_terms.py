"""What a best-execution report is about: mode, days, filters, and the instant up to which the journal is believed.

Nothing here looks at a clock: "now" is handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.session import NEW_YORK, trading_day

HTML, CSV, JSON, PDF = "html", "csv", "json", "pdf"
FORMATS = (HTML, CSV, JSON, PDF)
"""What a report can be written as."""
_LONGEST_SYMBOL = 32


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """The question that a report answers.

    ``since`` and ``until`` are days in New York, both inside; without ``since`` the period begins with the first order.
    What the journal took in after ``as_of`` is left out. ``broker`` and ``symbol`` are empty for all.
    """

    mode: TradingMode
    since: date | None
    until: date
    as_of: datetime
    broker: str = ""
    symbol: str = ""

    @property
    def begins(self) -> datetime | None:
        """The first instant of the period, UTC; ``None`` where it is open."""
        return None if self.since is None else _midnight(self.since)

    @property
    def ends(self) -> datetime:
        """The first instant after the period, UTC."""
        return _midnight(self.until + timedelta(days=1))

    def as_dict(self) -> dict[str, str]:
        """The terms as words; ``terms_of`` reads them back."""
        return {
            "mode": self.mode.value,
            "from": "" if self.since is None else self.since.isoformat(),
            "to": self.until.isoformat(),
            "as_of": self.as_of.isoformat(),
            "broker": self.broker,
            "symbol": self.symbol,
        }


def make_terms(
    mode: TradingMode,
    now: datetime,
    *,
    since: date | None = None,
    until: date | None = None,
    as_of: datetime | None = None,
    broker: str = "",
    symbol: str = "",
) -> ReportTerms:
    """Terms with their usual values: up to the day of ``now``, as known at the end of the period (or ``now``).

    Raises ``InvalidInput`` for a period that ends before it begins or has not begun, an unknown broker, an ``as_of``
    without a zone or after ``now``.
    """
    last = trading_day(now) if until is None else until
    if since is not None and since > last:
        raise InvalidInput(f"The period would end ({last}) before it begins ({since}).")
    if since is not None and since > trading_day(now):
        raise InvalidInput(f"The period begins on {since}, which is still to come.")
    if as_of is not None and as_of.tzinfo is None:
        raise InvalidInput("The time of --as-of needs a zone.", advice="Write it like 2026-11-20T21:00:00+00:00.")
    if as_of is not None and as_of > now:
        raise InvalidInput("The time of --as-of is still to come.", advice="Name an earlier one, or leave it away.")
    if broker and broker not in {each.value for each in BrokerType}:
        names = ", ".join(each.value for each in BrokerType)
        raise InvalidInput(f"There is no broker called {broker}.", advice=f"Use one of: {names}.")
    if len(symbol) > _LONGEST_SYMBOL:
        raise InvalidInput("That is too long for a symbol.")
    known = as_of or min(now, _midnight(last + timedelta(days=1)))
    return ReportTerms(mode, since, last, known.astimezone(UTC), broker, symbol.strip().upper())


def terms_of(words: Mapping[str, object]) -> ReportTerms:
    """The terms that ``as_dict`` wrote; raises ``InvalidInput`` where they are not such."""
    try:
        text = {name: str(words[name]) for name in ("mode", "from", "to", "as_of", "broker", "symbol")}
        as_of = datetime.fromisoformat(text["as_of"])
        if as_of.tzinfo is None:
            raise ValueError("as_of has no zone")
        return ReportTerms(
            TradingMode(text["mode"]),
            date.fromisoformat(text["from"]) if text["from"] else None,
            date.fromisoformat(text["to"]),
            as_of,
            text["broker"],
            text["symbol"],
        )
    except (KeyError, ValueError) as error:
        raise InvalidInput(f"The report's own terms cannot be read ({error}).") from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)
