"""The account's figures as label and value lines, each known, stale or missing with its reason."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.account import Account
from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, ConnectionState
from legend_desktop.domain.events import (
    AccountChanged,
    ConnectionChanged,
    OrderChanged,
    PositionsChanged,
    RoundTripsChanged,
)
from legend_desktop.domain.formatting import format_age, format_exchange_time
from legend_desktop.domain.money import HUNDRED, ZERO
from legend_desktop.domain.orders import Order
from legend_desktop.domain.portfolio import Performer, summarize_portfolio
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.session import trading_day
from legend_desktop.domain.trade_stats import TradeStats
from legend_desktop.services.event_bus import EventBus
from legend_desktop.services.order_book import OrderBook
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.worst_case import opens, worst_case

STALE_AFTER = timedelta(seconds=10)
BROKER_WORDS = {
    BrokerType.ALPACA: "Alpaca",
    BrokerType.TD_AMERITRADE: "TD Ameritrade",
    BrokerType.SCHWAB: "Schwab",
    BrokerType.INTERACTIVE_BROKERS: "Interactive Brokers",
    BrokerType.TRADESTATION: "TradeStation",
    BrokerType.SIMULATOR: "Simulator",
}


class FigureKind(StrEnum):
    """How a figure is written."""

    MONEY = "money"
    RESULT = "result"
    COUNT = "count"
    R = "r"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One label with its figure. ``RESULT`` is money whose sign is the message; ``percent`` stands beside it.

    ``value`` is ``None`` where nobody said it, and ``reason`` says why. ``strong`` lines are in semi-bold. ``unknown``
    marks the worst case of orders whose fate nobody knows. ``unit`` follows a count. ``R`` is in initial risks.
    ``note`` stands beside the figure, ``hint`` is its tool-tip.
    """

    key: str
    label: str
    value: Decimal | None
    kind: FigureKind = FigureKind.MONEY
    percent: Decimal | None = None
    strong: bool = False
    unknown: bool = False
    unit: str = ""
    reason: str = ""
    note: str = ""
    hint: str = ""


class AccountViewModel(QObject):
    """Keeps the lines of the Account panel. ``changed`` follows every change; the panel then reads all of it again.

    ``stale`` is true when the figures are more than 10 s old or the line is lost.
    """

    changed = Signal()

    def __init__(
        self, book: OrderBook, quotes: QuoteBoard, bus: EventBus, clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._quotes = quotes
        self._clock = clock
        self._account: Account | None = None
        self._positions: tuple[Position, ...] = ()
        self._trades: RoundTripsChanged | None = None
        self._connected = True
        self._day = trading_day(clock.now())
        self._filled_today: set[str] = set()
        self._title = ""
        for order in book.all():
            self._count_filled(order)
        self._ends = (
            bus.subscribe(AccountChanged, self._on_account),
            bus.subscribe(PositionsChanged, self._on_positions),
            bus.subscribe(OrderChanged, self._on_order),
            bus.subscribe(ConnectionChanged, self._on_connection),
            bus.subscribe(RoundTripsChanged, self._on_trades),
        )

    @property
    def account(self) -> Account | None:
        """The newest snapshot, ``None`` before the first."""
        return self._account

    @property
    def age(self) -> timedelta | None:
        """How old the snapshot is."""
        return None if self._account is None else max(timedelta(0), self._clock.now() - self._account.as_of)

    @property
    def stale(self) -> bool:
        """True where the figures were true earlier but may not be now."""
        age = self.age
        return age is not None and (not self._connected or age > STALE_AFTER)

    @property
    def summary(self) -> str:
        """The words of the title bar: source and time, or how old the figures are."""
        account = self._account
        if account is None:
            return "waiting for the broker"
        time = format_exchange_time(account.as_of)
        if self.stale:
            return f"as of {time}, {format_age(self.age)} old"
        return f"{BROKER_WORDS[account.broker]}, {time}"

    def lines(self) -> list[AccountLine]:
        """The lines from top to bottom."""
        account = self._account
        if account is None:
            return [AccountLine("equity", "Equity", None, strong=True, reason="No account figures yet.")]
        lines = [*self._result_lines(account), *self._balance_lines(account)]
        lines.append(
            AccountLine(
                "start",
                "Start of day",
                account.start_of_day_equity,
                reason="The broker does not give the equity of the last close.",
            )
        )
        count = len(self._filled_today)
        unit = "order filled" if count == 1 else "orders filled"
        lines.append(AccountLine("trades", "Trades today", Decimal(count), FigureKind.COUNT, unit=unit))
        return [*lines, *self._trade_lines()]

    def movers(self) -> tuple[tuple[Performer, ...], tuple[Performer, ...]]:
        """Up to five gainers, best first, and up to five losers, worst first; ties by money, then symbol."""
        if self._account is None:
            return (), ()
        summary = summarize_portfolio(self._account, self._positions)
        return summary.top_gainers, summary.top_losers

    @property
    def closed_today(self) -> tuple[RoundTripRecord, ...]:
        """The trades that ended today, oldest first."""
        told = self._trades
        return told.closed if told is not None and told.day == self._day else ()

    @property
    def trade_stats(self) -> TradeStats | None:
        """The figures of every closed trade whose initial risk is known; ``None`` without any."""
        return None if self._trades is None else self._trades.stats

    @property
    def trades_without_risk(self) -> int:
        """How many closed trades have no R, for an entry of theirs had no planned stop."""
        return 0 if self._trades is None else self._trades.without_risk

    def tick(self) -> None:
        """Look at the age and the day again; call about once a second."""
        today = trading_day(self._clock.now())
        if today != self._day:
            self._day = today
            self._filled_today.clear()
            self._announce()
        elif self._account is not None and self.summary != self._title:
            self._announce()

    def close(self) -> None:
        """Stop listening."""
        for end in self._ends:
            end()

    def _result_lines(self, account: Account) -> list[AccountLine]:
        day = account.day_pl
        start = account.start_of_day_equity
        percent = day / start * HUNDRED if day is not None and start else None
        open_pl = account.unrealized_pl
        if open_pl is None and all(row.unrealized_pl is not None for row in self._positions):
            open_pl = sum((row.unrealized_pl or ZERO for row in self._positions), ZERO)
        return [
            AccountLine("equity", "Equity", account.equity, strong=True),
            AccountLine(
                "day",
                "Day P&L",
                day,
                FigureKind.RESULT,
                percent,
                reason="The broker does not give the equity of the last close.",
            ),
            self._realised_line(account),
            AccountLine(
                "open", "Open P&L", open_pl, FigureKind.RESULT, reason="A position has no price to value it with."
            ),
        ]

    def _realised_line(self, account: Account) -> AccountLine:
        """The broker's figure; where it gives none, that of own fills."""
        value, hint = account.realized_pl_today, ""
        if value is None and self._trades is not None:
            value = self._trades.realised if self._trades.day == self._day else ZERO
            hint = "From own fills after fees: the broker does not say what was realised today."
        reason = "The broker does not say what was realised today."
        return AccountLine("realised", "Realised today", value, FigureKind.RESULT, reason=reason, hint=hint)

    def _trade_lines(self) -> list[AccountLine]:
        if self._trades is None:
            return []
        closed = self.closed_today
        count, won = len(closed), sum((trip.profit or ZERO) > 0 for trip in closed)
        unit = f"{'trade' if count == 1 else 'trades'}, {won} won" if count else "trades"
        lines = [AccountLine("closed", "Closed today", Decimal(count), FigureKind.COUNT, unit=unit)]
        stats = self._trades.stats
        if stats is None:
            bare = self._trades.without_risk
            reason = "No trade has been closed yet."
            if bare:
                reason = "No closed trade has an R: their entries had no planned stop."
            return [*lines, AccountLine("expectancy", "Expectancy", None, FigureKind.R, reason=reason)]
        few = "" if stats.sqn_is_firm else "few trades, "
        lines.append(
            AccountLine(
                "expectancy",
                "Expectancy",
                Decimal(str(stats.expectancy_r)),
                FigureKind.R,
                note=f"{few}n {stats.n}",
                hint="Mean result of a closed trade in multiples of the risk that it began with, after fees.",
            )
        )
        return lines

    def _balance_lines(self, account: Account) -> list[AccountLine]:
        no_split = "The broker does not give long and short value apart."
        lines = [
            AccountLine("cash", "Cash", account.cash),
            AccountLine("long", "Long", account.long_value, reason=no_split),
            AccountLine("short", "Short", account.short_value, reason=no_split),
            AccountLine("power", _power_label(account), account.buying_power),
        ]
        unknown = self._worst_case()
        if unknown is not None:
            label = "less the unknown orders" if len(self._book.unknown()) > 1 else "less the unknown order"
            lines.append(AccountLine("unknown", label, -unknown, unknown=True))
            lines.append(AccountLine("free", "Free for sure", max(ZERO, account.buying_power - unknown), strong=True))
        return lines

    def _worst_case(self) -> Decimal | None:
        """Value of all unknown orders if each filled whole; ``None`` when there is none."""
        unknown = [order for order in self._book.unknown() if opens(order)]
        return sum((worst_case(order, self._quotes).value for order in unknown), ZERO) if unknown else None

    def _on_account(self, event: AccountChanged) -> None:
        self._account = event.account
        self._announce()

    def _on_positions(self, event: PositionsChanged) -> None:
        self._positions = event.positions
        self._announce()

    def _on_order(self, event: OrderChanged) -> None:
        if self._count_filled(event.order) or event.order.unknown_since is not None:
            self._announce()

    def _on_trades(self, event: RoundTripsChanged) -> None:
        self._trades = event
        self._announce()

    def _on_connection(self, event: ConnectionChanged) -> None:
        connected = event.state is ConnectionState.CONNECTED
        if connected != self._connected:
            self._connected = connected
            self._announce()

    def _count_filled(self, order: Order) -> bool:
        if not order.filled_quantity or order.client_order_id in self._filled_today:
            return False
        if trading_day(order.executions[-1].executed_at) != self._day:
            return False
        self._filled_today.add(order.client_order_id)
        return True

    def _announce(self) -> None:
        self._title = self.summary
        self.changed.emit()


def _power_label(account: Account) -> str:
    multiple = account.margin_multiplier
    if multiple is None:
        return "Buying power"
    times = f"{multiple.normalize():f}:1"
    return f"Buying power, day {times}" if multiple >= 4 else f"Buying power, {times}"
