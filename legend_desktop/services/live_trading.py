"""``LiveTradingService``: everything a person, a key, the API or a script can ask of one account.

Thin on purpose: each verb lives in its own module (entries, exits, kill switch); this is the one door to them.
"""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.brokers.base import BrokerAdapter
from legend_desktop.domain.enums import OrderSide, OrderSource, OrderState, OrderType, TimeInForce
from legend_desktop.domain.errors import InvalidInput, OrderDenied
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.money import Number, optional_decimal, round_to_tick, to_decimal
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.orders import Order, OrderTerms, TradePlan
from legend_desktop.services.cancels import request_cancel
from legend_desktop.services.entries import Entries
from legend_desktop.services.kill_switch import KillSwitch
from legend_desktop.services.open_trade import entries_of_trade
from legend_desktop.services.position_exits import PositionExits
from legend_desktop.services.previews import KillReport, OrderPreview, QuickEntryRequest, QuickEntryResult
from legend_desktop.services.trading_core import TradingCore

__all__ = ["KillReport", "LiveTradingService", "OrderPreview", "QuickEntryRequest", "QuickEntryResult"]
NOTHING: frozenset[str] = frozenset()


class LiveTradingService:
    """Trades one account. ``LiveTradingService(broker)`` is enough: store and settings are then the profile's own."""

    def __init__(self, broker: BrokerAdapter, core: TradingCore | None = None) -> None:
        self._broker = broker
        self._core: TradingCore | None = None
        if core is not None:
            self._use(core)

    def _use(self, core: TradingCore) -> None:
        self._core = core
        self._entries = Entries(core)
        self._exits = PositionExits(core, self._entries)
        self.kill_switch = KillSwitch(core, self._exits)

    async def ready(self) -> TradingCore:
        """The parts behind this service, opened on first use."""
        if self._core is None:
            from legend_desktop.services.defaults import core_for

            self._use(await core_for(self._broker))
        assert self._core is not None
        return self._core

    @property
    def core(self) -> TradingCore:
        """The parts behind this service. Raises ``RuntimeError`` before the first use."""
        if self._core is None:
            raise RuntimeError("await ready() first")
        return self._core

    # ---- entries --------------------------------------------------------------------------------------------------

    def preview(self, request: QuickEntryRequest) -> OrderPreview:
        """What the entry would do, from the facts in memory; nothing is sent or stored."""
        return self.core.planner.preview(request)

    async def quick_entry(self, request: QuickEntryRequest, confirmed: frozenset[str] = NOTHING) -> QuickEntryResult:
        """Size by risk, check and send an entry with its exits.

        Raises ``OrderDenied`` (nothing sent, with the verdicts), ``ConfirmationNeeded`` (pass its ``checks`` as
        ``confirmed``), ``UnknownSymbol`` or ``StoreError``.
        """
        await self.ready()
        return await self._entries.quick_entry(request, confirmed)

    async def place_order(
        self,
        terms: OrderTerms,
        *,
        source: OrderSource = OrderSource.SDK,
        label: str = "",
        confirmed: frozenset[str] = NOTHING,
        pressed_ns: int | None = None,
    ) -> Order:
        """Check and send one order as given. Raises as ``quick_entry``."""
        await self.ready()
        return await self._entries.place(terms, source=source, label=label, confirmed=confirmed, pressed_ns=pressed_ns)

    async def place_bracket(
        self,
        entry: OrderTerms,
        *,
        take_profit_price: Number | None = None,
        stop_loss_price: Number | None = None,
        source: OrderSource = OrderSource.SDK,
        label: str = "Bracket",
        confirmed: frozenset[str] = NOTHING,
        pressed_ns: int | None = None,
    ) -> list[Order]:
        """Send an entry with exits; returns entry, target, stop as far as they exist. Raises as ``quick_entry``."""
        core = await self.ready()
        target = optional_decimal(take_profit_price, "take profit price")
        stop = optional_decimal(stop_loss_price, "stop loss price")
        quote = core.context.quotes.latest(entry.symbol)
        price = entry.limit_price or entry.stop_price or (quote.far_side(entry.side) if quote else None)
        plan = None
        if price is not None:
            risk = abs(price - stop) * entry.quantity if stop is not None else None
            plan = TradePlan(price, stop, target, risk_amount=risk, model="fixed_quantity")
        intent = core.intents.intent(entry, source=source, label=label, plan=plan, pressed_ns=pressed_ns)
        return await self._entries.place_bracket(core.intents.bracket(intent, stop, target), confirmed)

    async def place_oco(
        self,
        symbol: str,
        *,
        take_profit_price: Number,
        stop_loss_price: Number,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Protect an open position with a stop and a target that cancel each other; returns the target.

        Exits that work already are moved, which may ask as ``move_stop`` does.
        """
        await self.move_stop(symbol, stop_loss_price, source=source, confirmed=confirmed)
        return await self.set_target(symbol, take_profit_price, source=source, confirmed=confirmed)

    # ---- changes and cancels --------------------------------------------------------------------------------------

    async def replace_order(
        self,
        client_order_id: str,
        *,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        quantity: Number | None = None,
        source: OrderSource = OrderSource.TICKET,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Change price or quantity of a working order; returns the order that works afterwards.

        Passes the gate as a new order does: raises ``OrderDenied``, or ``ConfirmationNeeded`` (pass its ``checks`` as
        ``confirmed``); nothing was sent then.
        """
        core = await self.ready()
        order = self._working(client_order_id)
        changes: dict[str, Decimal] = {}
        for name, value in (("limit_price", limit_price), ("stop_price", stop_price), ("quantity", quantity)):
            number = optional_decimal(value, name.replace("_", " "))
            if number is not None:
                changes[name] = number
        instrument = core.context.instruments.get(order.symbol)
        for name in ("limit_price", "stop_price"):
            if name in changes and instrument is not None:
                changes[name] = round_to_tick(changes[name], instrument.tick_at(changes[name]))
        terms = _changed(order.terms, changes)
        if problems := terms.problems():
            raise InvalidInput(problems[0])
        return await self._exits.changes.change(order, terms, source=source, confirmed=confirmed)

    async def cancel_order(self, client_order_id: str) -> None:
        """Ask to cancel one order; the confirmation comes as an event."""
        core = await self.ready()
        await request_cancel(core.context, self._working(client_order_id))

    async def cancel_all(self, symbol: str | None = None, side: OrderSide | None = None) -> KillReport:
        """Cancel every working order, or those of a symbol or side."""
        await self.ready()
        return await self.kill_switch.cancel_all(symbol, side)

    # ---- positions ------------------------------------------------------------------------------------------------

    async def close_position(
        self,
        symbol: str,
        *,
        fraction: Number | None = None,
        quantity: Number | None = None,
        source: OrderSource = OrderSource.SDK,
        pressed_ns: int | None = None,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Close all, a fraction (0.5 is half) or some shares at market; exits shrink first.

        The same close twice within a second raises ``ConfirmationNeeded``; ``confirmed`` names what was accepted.
        """
        await self.ready()
        return await self._exits.close(
            symbol,
            fraction=optional_decimal(fraction, "fraction"),
            quantity=optional_decimal(quantity, "quantity"),
            source=source,
            pressed_ns=pressed_ns,
            confirmed=confirmed,
        )

    async def flatten_all(self, symbol: str | None = None) -> KillReport:
        """Cancel everything, wait, then close every position (or the one in ``symbol``) at market."""
        await self.ready()
        return await self.kill_switch.flatten(symbol)

    async def reverse_position(
        self, symbol: str, *, source: OrderSource = OrderSource.SDK, pressed_ns: int | None = None
    ) -> Order:
        """Close the position and open the same size on the other side; returns the opening order."""
        await self.ready()
        return await self._exits.reverse(symbol, source=source, pressed_ns=pressed_ns)

    async def stop_to_entry(
        self,
        symbol: str,
        *,
        with_costs: bool = False,
        source: OrderSource = OrderSource.KEY,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move the stop to the average entry price, beyond it by the fees of the round trip with ``with_costs``.

        Raises as ``move_stop``.
        """
        core = await self.ready()
        position = self._exits.position(symbol)
        price = position.avg_entry_price
        if with_costs:
            fees = sum(
                (row.total_fees or Decimal(0))
                for order in entries_of_trade(core.context.book, position)
                for row in order.fills
            )
            price += position.side.sign * 2 * fees / position.shares
        return await self._exits.move_stop(symbol, price, source=source, label="Stop to entry", confirmed=confirmed)

    async def move_stop(
        self,
        symbol: str,
        price: Number,
        *,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move the working stop, or place one for every share held. A move may ask as ``replace_order`` does."""
        await self.ready()
        return await self._exits.move_stop(symbol, to_decimal(price, "stop"), source=source, confirmed=confirmed)

    async def set_target(
        self,
        symbol: str,
        price: Number,
        *,
        source: OrderSource = OrderSource.SDK,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move the working target, or place one. A move may ask as ``replace_order`` does."""
        await self.ready()
        return await self._exits.set_target(symbol, to_decimal(price, "target"), source=source, confirmed=confirmed)

    async def trail_stop(
        self,
        symbol: str,
        *,
        amount: Number | None = None,
        percent: Number | None = None,
        source: OrderSource = OrderSource.SDK,
    ) -> Order:
        """Replace the stop by one that trails, or place it."""
        await self.ready()
        return await self._exits.trail(
            symbol,
            amount=optional_decimal(amount, "trail"),
            percent=optional_decimal(percent, "trail"),
            source=source,
        )

    async def repair_stop(
        self,
        symbol: str,
        price: Number | None = None,
        *,
        source: OrderSource = OrderSource.KEY,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Give every share held a stop, and cut one that is too large.

        Where a stop works it keeps its price, or moves to ``price``; else one is placed at ``price`` or where the entry
        planned it. Raises ``OrderDenied`` where nothing says at what price; moving it may ask as ``move_stop`` does.
        """
        core = await self.ready()
        position = self._exits.position(symbol)
        wanted = optional_decimal(price, "stop")
        stops = self._exits.working_stops(position)
        if wanted is not None and stops:
            # cut before it is moved: the gate lets no change of a stop pass that is larger than the position
            await self._exits.cover(symbol, wanted, source=source, label="Stop placed again")
            return await self._exits.move_stop(symbol, wanted, source=source, confirmed=confirmed)
        if wanted is None and stops:
            wanted = stops[-1].stop_trigger
        if wanted is None:
            entries = entries_of_trade(core.context.book, position)
            plans = [row.intent.plan.stop_loss_price for row in entries if row.intent.plan is not None]
            wanted = next((row for row in reversed(plans) if row is not None), None)
        if wanted is None:
            raise OrderDenied(
                f"{position.symbol} was opened without a planned stop.", advice="Type the stop's price.", code="no_stop"
            )
        return await self._exits.cover(symbol, wanted, source=source, label="Stop placed again")

    # ---- trouble --------------------------------------------------------------------------------------------------

    async def ask_broker(self, client_order_id: str | None = None) -> None:
        """Ask now what became of an unknown order (of all of them when none is named); a lost line is tried at once."""
        core = await self.ready()
        core.connection.try_now()
        rows = [row.client_order_id for row in core.context.book.unknown()]
        for key in rows if client_order_id is None else [client_order_id]:
            await core.resolver.ask_now(key)

    async def decide_unknown(self, client_order_id: str, *, exists: bool, note: str) -> None:
        """Write down what a person found out about an unknown order: it never existed, or it needs attention."""
        core = await self.ready()
        order = core.context.book.get(client_order_id)
        if order is None or order.state not in {OrderState.UNKNOWN, OrderState.ATTENTION}:
            raise InvalidInput("This order is not in doubt.")
        kind = OrderEventKind.CONTRADICTION if exists else OrderEventKind.DECIDED
        # the exits of a bracket were sent in one piece with their entry
        legs = [row for row in core.context.book.legs_of(client_order_id) if row.state is OrderState.UNKNOWN]
        reason = f"You looked and decided: {note}"
        await core.context.ledger.learn([core.context.event(row, kind, reason=reason) for row in (*legs, order)])
        core.context.tell(NoticeLevel.INFO, "Orders", f"{order.symbol}: your decision is written down. {note}")

    async def lock(self, reason: str = "You locked trading.") -> None:
        """Halt trading until a person unlocks it; survives a restart."""
        await self.ready()
        await self.kill_switch.lock(reason)

    async def unlock(self, last_four: str) -> None:
        """Lift the lock; asks for the account's last four characters."""
        await self.ready()
        await self.kill_switch.unlock(last_four)

    def _working(self, client_order_id: str) -> Order:
        book = self.core.context.book
        order = book.get(client_order_id) or book.by_broker_id(client_order_id)
        if order is None:
            raise InvalidInput(f"There is no order {client_order_id}.")
        if not order.is_open:
            raise OrderDenied(f"The order has ended ({order.state.value}). Nothing was sent.", code="ended")
        return order


def _changed(terms: OrderTerms, changes: dict[str, Decimal]) -> OrderTerms:
    return replace(
        terms,
        limit_price=changes.get("limit_price", terms.limit_price),
        stop_price=changes.get("stop_price", terms.stop_price),
        quantity=changes.get("quantity", terms.quantity),
    )


def terms_for(
    symbol: str,
    side: OrderSide | str,
    order_type: OrderType | str,
    quantity: Number,
    *,
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    trail_amount: Number | None = None,
    trail_percent: Number | None = None,
    time_in_force: TimeInForce | str = TimeInForce.DAY,
    extended_hours: bool = False,
) -> OrderTerms:
    """Order terms from plain values. Raises ``ValueError`` naming the wrong one."""
    return OrderTerms(
        symbol=symbol.upper(),
        side=OrderSide(side),
        order_type=OrderType(order_type),
        quantity=to_decimal(quantity, "quantity"),
        limit_price=optional_decimal(limit_price, "limit price"),
        stop_price=optional_decimal(stop_price, "stop price"),
        trail_amount=optional_decimal(trail_amount, "trail amount"),
        trail_percent=optional_decimal(trail_percent, "trail percent"),
        time_in_force=TimeInForce(time_in_force),
        extended_hours=extended_hours,
    )
