"""The life of an order at the fake broker: acknowledged, matched, cancelled, replaced, expired."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from tests.fakes.alpaca import hours
from tests.fakes.alpaca.market import FakeQuote, FakeTrade
from tests.fakes.alpaca.records import (
    LIVE,
    NANO,
    STOP_TYPES,
    ZERO,
    FakeExecution,
    FakeOrder,
    stamp_text,
    text,
    unprocessable,
)
from tests.fakes.alpaca.shapes import event_id, order_json
from tests.fakes.alpaca.state import FakeState

AUCTIONS = frozenset({"opg", "cls"})
FOREVER_DAYS = 90


class Engine:
    """Moves orders on. Every step is synchronous; what follows an answer waits one turn of the loop (``later``)."""

    def __init__(self, state: FakeState, tell: Callable[[dict[str, Any]], None]) -> None:
        self.state = state
        self._tell = tell
        self._left: dict[tuple[str, str], Decimal] = {}  # shares that the quote still shows to each side
        state.market.on_quote(self._on_quote)
        state.market.on_trade(self._on_trade)

    def later(self, step: Callable[[], None]) -> None:
        """After the answer is out; before it where the switch says so."""
        if self.state.switches.fill_before_answer:
            step()
        else:
            asyncio.get_running_loop().call_soon(step)

    def emit(self, event: str, order: FakeOrder, **fields: Any) -> None:
        """One trade update, with the order as it is after the event."""
        state = self.state
        now = state.stamp()
        order.updated_at = now
        body: dict[str, Any] = {"event": event, "timestamp": stamp_text(now), **fields}
        body["order"] = order_json(state, order, nested=False)
        if state.switches.event_ids:
            body |= {"event_id": event_id(len(state.events)), "at": stamp_text(now)}
        body.setdefault("execution_id", state.new_id())
        state.events.append(body)
        self._tell(body)

    # --- arrival

    def submit(self, order: FakeOrder) -> None:
        """Take a checked order in: acknowledged at once, or queued while its session is closed."""
        state = self.state
        for row in (order, *order.legs):
            row.submitted_at = row.updated_at = state.stamp()
            row.expires_at = self._end_of(row)
            state.add(row)
        if not self._works_now(order):
            order.status = "accepted"
            self.later(lambda: self.emit("accepted", order) if order.status == "accepted" else None)
            return
        order.status = "pending_new"
        self.later(lambda: self._arrive(order))

    def _end_of(self, order: FakeOrder) -> datetime | None:
        now = self.state.now()
        if order.time_in_force == "gtc":
            day = now.astimezone(hours.NEW_YORK).date().toordinal() + FOREVER_DAYS
            return hours.at_time(datetime.fromordinal(day).date(), hours.GTC_END)
        return hours.day_order_ends(now)

    def _works_now(self, order: FakeOrder) -> bool:
        session = self.state.session_now()
        if order.symbol in self.state.halted:
            return False
        if session == "regular":
            return True
        return session != "closed" and order.extended_hours

    def _arrive(self, order: FakeOrder) -> None:
        if order.status not in {"pending_new", "accepted"}:
            return
        order.status = "pending_new"
        self.emit("pending_new", order)
        if not self.state.switches.hold_acknowledge:
            self.acknowledge(order)

    def acknowledge(self, order: FakeOrder) -> None:
        """The venue takes the order, or rejects it where a lever asked for that."""
        switches = self.state.switches
        if switches.reject_next is not None:
            words, switches.reject_next = switches.reject_next, None
            self.reject(order, words)
            return
        order.status = "new"
        self._start_trail(order)
        self.emit("new", order)
        for leg in order.legs:
            if leg.status == "held" and switches.held_events:
                self.emit("held", leg)
        self._try(order)

    def _start_trail(self, order: FakeOrder) -> None:
        if order.type == "trailing_stop" and order.hwm is None:
            order.hwm = self.state.mark(order.symbol)
            self._move_trail(order, order.hwm)

    def reject(self, order: FakeOrder, words: str | None) -> None:
        order.status, order.failed_at = "rejected", self.state.stamp()
        self.emit("rejected", order, **({"reason": words} if words else {}))
        for leg in order.legs:
            if leg.is_open:
                self._end(leg, "canceled")

    def open_queue(self) -> None:
        """Bring queued orders to the venue where their session has begun."""
        for order in list(self.state.orders):
            if order.status == "accepted" and not order.waits and self._works_now(order):
                self._arrive(order)

    # --- the market

    def _on_quote(self, quote: FakeQuote) -> None:
        self._left[quote.symbol, "buy"] = Decimal(quote.ask_size)
        self._left[quote.symbol, "sell"] = Decimal(quote.bid_size)
        if self.state.switches.quotes_elect_stops:
            self._elect(quote.symbol, quote.bid, buys=False)
            self._elect(quote.symbol, quote.ask, sells=False)
        self.match(quote.symbol)

    def _on_trade(self, trade: FakeTrade) -> None:
        quote = self.state.market.quote(trade.symbol)
        if quote is None or quote.bid <= trade.price <= quote.ask:
            self._elect(trade.symbol, trade.price)
        if self.state.switches.trades_fill:
            self._fill_by_trade(trade)

    def match(self, symbol: str) -> None:
        for order in self.state.open_orders(symbol):
            self._try(order)

    def _elect(self, symbol: str, price: Decimal, *, buys: bool = True, sells: bool = True) -> None:
        """Wake the stops that ``price`` reaches; stops look only in the regular session."""
        if self.state.session_now() != "regular":
            return
        for order in self.state.open_orders(symbol):
            waiting = order.status in LIVE or (order.status == "held" and order.active)
            if order.type not in STOP_TYPES or order.triggered or not waiting or not (buys if order.buy else sells):
                continue
            if order.type == "trailing_stop":
                self._move_trail(order, price)
            stop = order.stop_price or ZERO
            if price >= stop if order.buy else price <= stop:
                self._trigger(order)

    def _trigger(self, order: FakeOrder) -> None:
        order.triggered = True
        for other in order.siblings:
            self._end(other, "canceled")
        if order.status == "held":
            order.status = "new"
            self.emit("new", order)
        self._try(order)

    def _move_trail(self, order: FakeOrder, price: Decimal) -> None:
        mark = order.hwm if order.hwm is not None else price
        order.hwm = min(mark, price) if order.buy else max(mark, price)
        width = order.trail_price
        if width is None:
            width = order.hwm * (order.trail_percent or ZERO) / 100
        order.stop_price = order.hwm + width if order.buy else order.hwm - width

    def _can_trade(self, order: FakeOrder) -> bool:
        if order.status not in LIVE or not order.active or order.time_in_force in AUCTIONS:
            return False
        if order.type in STOP_TYPES and not order.triggered:
            return False
        return self._works_now(order)

    def _limit_of(self, order: FakeOrder) -> Decimal | None:
        """The worst price allowed. A buy stop gets a collar: 4 % above a stop below 50 dollars, else 2.5 %."""
        if order.limit_price is not None:
            return order.limit_price
        if order.type == "stop" and order.buy and order.stop_price is not None:
            share = Decimal("1.04") if order.stop_price < 50 else Decimal("1.025")
            return (order.stop_price * share).quantize(Decimal("0.01"), ROUND_UP)
        return None

    def _try(self, order: FakeOrder) -> None:
        """Fill what the quote allows, at the touch; end what may not rest."""
        quote = self.state.market.quote(order.symbol)
        if quote is None or not self._can_trade(order):
            return
        price = quote.ask if order.buy else quote.bid
        limit = self._limit_of(order)
        reached = price > 0 and (limit is None or (price <= limit if order.buy else price >= limit))
        if reached:
            self._take(order, price)
        if order.time_in_force in {"ioc", "fok"} and order.is_open:
            self._end(order, "canceled")

    def _take(self, order: FakeOrder, price: Decimal) -> None:
        key = order.symbol, order.side
        want, left = order.leaves(price), self._left.get(key, Decimal(10_000))
        if order.time_in_force == "fok" and left < want:
            return
        qty = min(want, left)
        if self.state.switches.random_partials and qty > 1 and self.state.random.random() < 0.1:
            qty = Decimal(self.state.random.randrange(1, int(qty)))
        if qty <= 0:
            return
        self._left[key] = left - qty
        self.fill(order, qty, price)

    def _fill_by_trade(self, trade: FakeTrade) -> None:
        """Resting limits that a trade reaches share its size, oldest first."""
        size = Decimal(trade.size)
        for order in self.state.open_orders(trade.symbol):
            if size <= 0:
                break
            limit = order.limit_price
            if limit is None or not self._can_trade(order) or order.notional is not None:
                continue
            if limit >= trade.price if order.buy else limit <= trade.price:
                qty = min(size, order.leaves(trade.price))
                size -= qty
                self.fill(order, qty, trade.price)

    # --- executions

    def fill(self, order: FakeOrder, qty: Decimal, price: Decimal) -> FakeExecution:
        """One execution, whatever the market says; a lever may call this too."""
        state = self.state
        order.filled_qty += qty
        order.filled_value += qty * price
        left = order.leaves(price)
        done = left <= (NANO * 10 if order.notional is not None else ZERO)
        now = state.stamp()
        local = now.astimezone(hours.NEW_YORK)
        kind, key = "fill" if done else "partial_fill", state.new_id()
        activity = f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}::{state.new_id()}"
        cum, leaves = order.filled_qty, ZERO if done else left
        made = FakeExecution(key, activity, order, order.symbol, order.side, qty, price, cum, leaves, now, kind)
        state.apply(made)
        if done:
            order.status, order.filled_at = "filled", now
        elif order.status in {"new", "accepted", "pending_new"}:
            order.status = "partially_filled"
        numbers = {"price": text(price), "qty": text(qty), "position_qty": text(state.position(order.symbol).qty)}
        self.emit(kind, order, execution_id=key, **numbers)
        self._after_fill(order, done=done)
        return made

    def _after_fill(self, order: FakeOrder, *, done: bool) -> None:
        if done and order.successor is not None:
            self.reject(order.successor, "order filled before it could be replaced")
            order.successor = None
        for other in order.siblings:
            if done:
                self._end(other, "canceled")
            elif order.qty is not None and other.qty is not None:
                other.qty = other.filled_qty + order.qty - order.filled_qty
                other.updated_at = self.state.stamp()
                if self.state.switches.shrink_tells:
                    self.emit("restated", other)
        if done and order.order_class in {"bracket", "oto"} and order.parent is None:
            self._activate(order)

    def _activate(self, entry: FakeOrder) -> None:
        """The entry is filled: the target works, the stop stays held beside it (alone, it works)."""
        exits = [leg for leg in entry.legs if leg.status == "held"]
        for leg in exits:
            leg.active = True
        for leg in exits:
            if leg.role == "take_profit" or len(exits) == 1:
                leg.status = "new"
                self.emit("new", leg)
        for leg in exits:
            self._try(leg)

    # --- the end of an order

    def _end(self, order: FakeOrder, status: str) -> None:
        if not order.is_open:
            return
        now = self.state.stamp()
        order.status = status
        if status == "expired":
            order.expired_at = now
        else:
            order.canceled_at = now
        if order.successor is not None:
            self.reject(order.successor, "order is not open")
            order.successor = None
        self.emit(status, order)

    def cancel_group(self, order: FakeOrder, status: str = "canceled") -> None:
        """End the order; whoever ends one member of a bracket, OCO or OTO ends what is open of the rest."""
        self._end(order, status)
        for row in (order.group, *order.group.legs):
            self._end(row, status)

    def request_cancel(self, order: FakeOrder) -> None:
        """Ask for the end of an order. Raises the refusal for one that cannot be cancelled."""
        if order.status in {"pending_replace", "pending_cancel"} or not order.is_open:
            raise unprocessable(f'order is already in "{order.status}" state')
        if order.waits:
            raise unprocessable("order chain not fully replaced")
        order.before, order.status = order.status, "pending_cancel"
        if self.state.switches.pending_events:
            self.emit("pending_cancel", order)
        if not self.state.switches.hold_cancels:
            self.later(lambda: self.finish_cancel(order))

    def finish_cancel(self, order: FakeOrder) -> None:
        """The venue answers the cancel; a fill may have won."""
        if order.status != "pending_cancel":
            return
        switches = self.state.switches
        if switches.reject_next_cancel is not None:
            words, switches.reject_next_cancel = switches.reject_next_cancel, None
            self._go_back(order)
            self.emit("order_cancel_rejected", order, reason=words)
            return
        self.cancel_group(order)

    def _go_back(self, order: FakeOrder) -> None:
        partly = order.filled_qty > 0 and order.before == "new"
        order.status = "partially_filled" if partly else order.before

    # --- replace

    def request_replace(self, order: FakeOrder, changes: dict[str, Any]) -> FakeOrder:
        """Make the successor of a checked replace and ask the venue."""
        state = self.state
        fresh = replace(order, **changes)
        fresh.id, fresh.legs, fresh.status = state.new_id(), [], "accepted"
        again = state.switches.replace_restores_quantity and fresh.qty == order.qty
        if fresh.qty is not None and not again:
            fresh.qty -= order.filled_qty  # the request names the total; the successor counts its own fills from 0
        fresh.replaces, fresh.filled_qty, fresh.filled_value = order.id, ZERO, ZERO
        fresh.created_at = fresh.submitted_at = fresh.updated_at = state.stamp()
        fresh.successor, fresh.filled_at, fresh.word = None, None, None
        fresh.expires_at = self._end_of(fresh)
        if fresh.type == "trailing_stop" and fresh.hwm is not None:
            self._move_trail(fresh, fresh.hwm)
        state.add(fresh)
        order.before, order.status, order.successor = order.status, "pending_replace", fresh
        order.filled_before = order.filled_qty
        if state.switches.pending_events:
            self.emit("pending_replace", order)
        if not state.switches.hold_replaces:
            self.later(lambda: self.finish_replace(order))
        return fresh

    def finish_replace(self, order: FakeOrder) -> None:
        """The venue answers the replace; where the old order has filled, its successor is already rejected."""
        fresh, switches = order.successor, self.state.switches
        if order.status != "pending_replace" or fresh is None:
            return
        order.successor = None
        words, switches.reject_next_replace = switches.reject_next_replace, None
        left = self._left_for(order, fresh)
        if left is not None and left <= 0:
            words = words or "qty must be > filled_qty"
        if words is not None:
            self._go_back(order)
            self.reject(fresh, None)
            self.emit("order_replace_rejected", order, reason=words)
            return
        fresh.qty = left
        self._hand_over(order, fresh)
        order.status, order.replaced_at, order.replaced_by = "replaced", self.state.stamp(), fresh.id
        self.emit("replaced", order)
        held = order.before == "held"
        fresh.status = "held" if held else "new"
        if not held or switches.held_events:
            self.emit("held" if held else "new", fresh)
        self._try(fresh)

    @staticmethod
    def _left_for(order: FakeOrder, fresh: FakeOrder) -> Decimal | None:
        """What the successor asks for after the fills of the meantime; an exit may have shrunk beside its sibling."""
        if order.complex and order.qty is not None:
            return order.qty - order.filled_qty
        return None if fresh.qty is None else fresh.qty - (order.filled_qty - order.filled_before)

    def _hand_over(self, order: FakeOrder, fresh: FakeOrder) -> None:
        """The successor takes the place of the old order in its group."""
        fresh.active, fresh.triggered = order.active, order.triggered
        if order.parent is not None:
            order.parent.legs = [fresh if leg is order else leg for leg in order.parent.legs]
        for leg in order.legs:
            leg.parent = fresh
        fresh.legs, order.legs = order.legs, []

    # --- time

    def end_day(self) -> None:
        """The close: day orders end, those of the closing auction are crossed or end."""
        self.cross("cls")
        for order in list(self.state.orders):
            if order.is_open and order.parent is None and order.time_in_force != "gtc":
                self.cancel_group(order, "expired")

    def cross(self, auction: str) -> None:
        """Fill the auction's orders at the quote where the switch says so, else end them."""
        for order in list(self.state.orders):
            if order.status not in LIVE or order.time_in_force != auction:
                continue
            quote = self.state.market.quote(order.symbol)
            price = ZERO if quote is None else quote.ask if order.buy else quote.bid
            limit = self._limit_of(order)
            fits = price > 0 and (limit is None or (price <= limit if order.buy else price >= limit))
            if self.state.switches.auctions_fill and fits:
                self.fill(order, order.leaves(price), price)
            else:
                self._end(order, "canceled")

    def sweep(self) -> None:
        """What the clock brings, where the clock decides the session: queued orders start, old orders end."""
        if self.state.session is not None:
            return
        now = self.state.now()
        if any(row.time_in_force == "cls" and row.expires_at and row.expires_at <= now for row in self.state.orders):
            self.cross("cls")
        for order in list(self.state.orders):
            if order.is_open and order.parent is None and order.expires_at is not None and order.expires_at <= now:
                self.cancel_group(order, "expired")
        self.open_queue()
        if self.state.session_now() == "regular":
            self.cross("opg")
