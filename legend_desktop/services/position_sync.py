"""``PositionSyncService``: positions, portfolio summary and risk figures, kept with the broker."""

from dataclasses import replace

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.domain.account import Account
from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.money import Number, optional_decimal, to_decimal
from legend_desktop.domain.orders import Order
from legend_desktop.domain.portfolio import PortfolioSummary, mark_of, summarize_portfolio
from legend_desktop.domain.position_risk import InitialRisk, PositionRisk, assess_position, freeze_initial_risk
from legend_desktop.domain.positions import Position
from legend_desktop.domain.risk_metrics import RiskMetrics, calculate_risk_metrics
from legend_desktop.services.open_trade import entries_of_trade
from legend_desktop.services.trading_core import TradingCore


class PositionSyncService:
    """Positions of one account. ``PositionSyncService(broker)`` is enough, as for ``LiveTradingService``."""

    def __init__(self, broker: BrokerAdapter, core: TradingCore | None = None) -> None:
        self._broker = broker
        self._core = core
        self._initial_risks: dict[str, tuple[tuple[int, OrderSide], InitialRisk | None]] = {}

    async def ready(self) -> TradingCore:
        """The parts behind this service, opened on first use."""
        if self._core is None:
            from legend_desktop.services.defaults import core_for

            self._core = await core_for(self._broker)
        return self._core

    @property
    def core(self) -> TradingCore:
        """The parts behind this service. Raises ``RuntimeError`` before the first use."""
        if self._core is None:
            raise RuntimeError("await ready() first")
        return self._core

    @property
    def account(self) -> Account | None:
        """The newest account snapshot."""
        return self.core.context.account

    @property
    def positions(self) -> list[Position]:
        """Open positions by symbol, each with the best mark known now."""
        context = self.core.context
        now = context.clock.now()
        rows = []
        for position in sorted(context.positions.values(), key=lambda row: row.symbol):
            quote = context.quotes.latest(position.symbol)
            fresh = quote.mid if quote is not None and quote.age(now) <= context.risk.limits.max_quote_age else None
            if fresh is not None:
                rows.append(replace(position, mark=fresh, mark_stale=False, as_of=now))
            else:
                mark, _ = mark_of(position.mark, quote, now)
                rows.append(replace(position, mark=mark, mark_stale=True))
        return rows

    async def sync_positions(self) -> list[Position]:
        """Ask the broker for positions and account; returns the positions."""
        core = await self.ready()
        await core.keeper.refresh()
        return self.positions

    async def get_portfolio_summary(self) -> PortfolioSummary:
        """The summary of the whole account, from a fresh read of the broker."""
        await self.sync_positions()
        summary = self.summary()
        assert summary is not None
        return summary

    def summary(self) -> PortfolioSummary | None:
        """The summary from the facts in memory; ``None`` before the first account snapshot."""
        account = self.account
        if account is None:
            return None
        return summarize_portfolio(account, self.positions, {row.symbol: row for row in self.position_risks()})

    def position_risks(self) -> list[PositionRisk]:
        """One risk row a position."""
        context = self.core.context
        equity, book = context.account.equity if context.account else None, context.book
        return [
            assess_position(
                row, book.open_orders(row.symbol), self.initial_risk(row), equity, book.waiting_exits(row.symbol)
            )
            for row in self.positions
        ]

    def initial_risk(self, position: Position) -> InitialRisk | None:
        """The risk that the trade behind ``position`` began with: its filled entries against their planned stops.

        A stop moved later changes nothing here. ``None`` for a position without an entry from this program.
        """
        state = (self.core.context.book.changes_of(position.symbol), position.side)
        known = self._initial_risks.get(position.symbol)
        if known is None or known[0] != state:
            known = self._initial_risks[position.symbol] = (state, self._frozen_risk(position))
        return known[1]

    def _frozen_risk(self, position: Position) -> InitialRisk | None:
        joined: InitialRisk | None = None
        for order in self.entries_of_trade(position):
            plan = order.intent.plan
            average = order.average_fill_price
            if plan is None or plan.stop_loss_price is None or average is None:
                continue
            risk = freeze_initial_risk(order.symbol, order.side, order.filled_quantity, average, plan.stop_loss_price)
            if risk is not None:
                joined = risk if joined is None else joined.joined(risk)
        return joined

    def entries_of_trade(self, position: Position) -> list[Order]:
        """Filled entries since the position was last flat, oldest first."""
        return entries_of_trade(self.core.context.book, position)

    async def calculate_risk_metrics(
        self,
        symbol: str,
        entry_price: Number,
        stop_loss: Number,
        account_size: Number,
        target_price: Number | None = None,
    ) -> RiskMetrics:
        """Risk of a trade in ``symbol``: of the open position where there is one, else of a planned one.

        The result answers by attribute and by key. Raises ``ValueError`` where the stop equals the entry.
        """
        core = await self.ready()
        symbol = symbol.upper()
        await core.know_symbol(symbol, fresh_quote=True)
        position = next((row for row in self.positions if row.symbol == symbol), None)
        quote = core.context.quotes.latest(symbol)
        price = (quote.mid or quote.last) if quote is not None else None
        return calculate_risk_metrics(
            symbol,
            to_decimal(entry_price, "entry price"),
            to_decimal(stop_loss, "stop loss"),
            to_decimal(account_size, "account size"),
            position=position,
            current_price=price,
            target_price=optional_decimal(target_price, "target price"),
        )
