"""Taking positions down: close, reverse, and the stops and targets that protect them.

Exits are resized before a part is closed, so that a stop can never be larger than what is held and turn the position
over. Every order here is reduce-only but the opening half of a reversal.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSource, OrderState, OrderType, TimeInForce
from legend_desktop.domain.errors import ConfirmationNeeded, InvalidInput, OrderDenied
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.gate import clamp_reduce_only
from legend_desktop.domain.gate_inputs import Check
from legend_desktop.domain.money import ONE, ZERO, floor_to_step, round_to_tick
from legend_desktop.domain.orders import Order, OrderTerms
from legend_desktop.domain.positions import Position
from legend_desktop.domain.verdicts import Outcome
from legend_desktop.services.cancels import request_cancel
from legend_desktop.services.change_checks import check_known
from legend_desktop.services.entries import Entries, verdict_texts
from legend_desktop.services.order_changes import OrderChanges
from legend_desktop.services.trading_core import TradingCore

CONFIRM_SECONDS = 5.0
POLL_SECONDS = 0.05
NOTHING: frozenset[str] = frozenset()
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class PositionExits:
    """Closing and protecting for one account."""

    def __init__(self, core: TradingCore, entries: Entries) -> None:
        self._core = core
        self._entries = entries
        self.changes = OrderChanges(core)

    async def close(
        self,
        symbol: str,
        *,
        fraction: Decimal | None = None,
        quantity: Decimal | None = None,
        source: OrderSource,
        label: str = "",
        pressed_ns: int | None = None,
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Close all, a fraction or some shares of a position at market. Raises ``OrderDenied`` where that cannot be.

        More than is held is cut to what is held, and said. The same close pressed twice asks once more, before any exit
        is touched: ``ConfirmationNeeded``.
        """
        position = self.position(symbol)
        step = self._lot(position.symbol)
        shares = position.shares
        if fraction is not None:
            shares = max(step, floor_to_step(position.shares * fraction, step))
        cut = None
        if quantity is not None:
            shares, cut = clamp_reduce_only(position.symbol, quantity, position.quantity)
        if shares <= 0:
            raise OrderDenied(
                f"{position.symbol}: {shares} shares cannot be closed.", advice=f"Close up to {position.shares}."
            )
        side = position.side.opposite
        wanted = OrderTerms(position.symbol, side, OrderType.MARKET, shares)
        exits = self.exits_of(position)
        self._check_first(wanted, exits, confirmed)
        if cut is not None:
            self._core.context.tell(NoticeLevel.WARNING, "Orders", cut.sentence)
        await self._make_room(position, position.shares - shares)
        # an exit may have filled while it was made smaller or cancelled
        shares = min(shares, self.position(symbol).shares)
        terms = replace(wanted, quantity=shares)
        # where exits had to give way first, the broker's answers lie between the key and these bytes: no speed of ours
        pressed = None if exits else pressed_ns
        return await self._send_exit(terms, source, label or _close_label(shares, position), pressed_ns=pressed)

    async def reverse(self, symbol: str, *, source: OrderSource, pressed_ns: int | None = None) -> Order:
        """Close the position, then open the same size on the other side, which passes the gate as an entry."""
        position = self.position(symbol)
        closing = await self.close(symbol, source=source, label="Reverse", pressed_ns=pressed_ns)
        if not await self._wait_for(closing.client_order_id, OrderState.FILLED):
            raise OrderDenied(
                f"{position.symbol} was not closed in time, so it is not turned over.",
                advice="Look at the closing order.",
            )
        terms = OrderTerms(position.symbol, position.side.opposite, OrderType.MARKET, position.shares)
        # the same terms have just left as the closing half: that is meant
        return await self._entries.place(terms, source=source, label="Reverse", confirmed=frozenset({"duplicate"}))

    async def move_stop(
        self,
        symbol: str,
        price: Decimal,
        *,
        source: OrderSource,
        label: str = "Stop",
        confirmed: frozenset[str] = NOTHING,
    ) -> Order:
        """Move every working stop to ``price``, or place one for all shares held where none works.

        A check that asks about a move raises ``ConfirmationNeeded`` before any stop is touched.
        """
        position = self.position(symbol)
        price = round_to_tick(price, self._tick(position.symbol, price))
        self._check_stop_side(position, price)
        stops = self.working_stops(position)
        if not stops or any(row.terms.order_type is OrderType.TRAILING_STOP for row in stops):
            terms = OrderTerms(
                position.symbol,
                position.side.opposite,
                OrderType.STOP,
                position.shares,
                stop_price=price,
                time_in_force=TimeInForce.GTC,
            )
            return await self._put_stop(position, terms, source, label)
        wanted = [(order, _moved_stop(order, price)) for order in stops]
        for order, terms in wanted:
            self.changes.check(order, terms, confirmed)
        moved = [await self.changes.change(order, terms, source=source, confirmed=confirmed) for order, terms in wanted]
        return moved[-1]

    async def cover(self, symbol: str, price: Decimal, *, source: OrderSource, label: str) -> Order:
        """Give every share held a stop: at ``price`` where none works, else at the price of the one that does.

        A stop larger than the position is cut. Returns the newest stop.
        """
        position = self.position(symbol)
        stops = self.working_stops(position)
        if not stops:
            return await self.move_stop(symbol, price, source=source, label=label)
        last = stops[-1]
        missing = position.shares - sum((row.remaining_quantity for row in stops), ZERO)
        if missing > 0:
            terms = OrderTerms(
                position.symbol,
                position.side.opposite,
                OrderType.STOP,
                missing,
                stop_price=last.stop_trigger or price,
                time_in_force=TimeInForce.GTC,
            )
            return await self._send_exit(terms, source, label, role=OrderRole.STOP)
        if missing < 0 and last.remaining_quantity + missing <= 0:
            await self.cancel_and_wait([last])
            return await self.cover(symbol, price, source=source, label=label)
        if missing < 0:
            return await self.changes.shrink(last, last.quantity + missing, source=source)
        return last

    async def set_target(
        self, symbol: str, price: Decimal, *, source: OrderSource, confirmed: frozenset[str] = NOTHING
    ) -> Order:
        """Move the working target to ``price``, or place one. A check that asks about a move holds it back."""
        position = self.position(symbol)
        price = round_to_tick(price, self._tick(position.symbol, price))
        target = self.working_target(position)
        if target is not None:
            terms = replace(target.terms, limit_price=price)
            return await self.changes.change(target, terms, source=source, confirmed=confirmed)
        terms = OrderTerms(
            position.symbol,
            position.side.opposite,
            OrderType.LIMIT,
            position.shares,
            limit_price=price,
            time_in_force=TimeInForce.GTC,
        )
        stops = self.working_stops(position)
        if not stops:
            return await self._send_exit(terms, source, "Target", role=OrderRole.TARGET)
        return await self._pair(position, stops[-1], terms, source, stops)

    async def trail(
        self, symbol: str, *, amount: Decimal | None, percent: Decimal | None, source: OrderSource
    ) -> Order:
        """Replace the stop by a trailing one, or place it."""
        position = self.position(symbol)
        terms = OrderTerms(
            position.symbol,
            position.side.opposite,
            OrderType.TRAILING_STOP,
            position.shares,
            trail_amount=amount,
            trail_percent=percent,
            time_in_force=TimeInForce.GTC,
        )
        if problems := terms.problems():
            raise InvalidInput(problems[0])
        return await self._put_stop(position, terms, source, "Trailing stop")

    # ---- look-ups -------------------------------------------------------------------------------------------------

    def position(self, symbol: str) -> Position:
        """The open position in ``symbol``. Raises ``OrderDenied`` when flat."""
        position = self._core.context.positions.get(symbol.upper())
        if position is None:
            raise OrderDenied(f"You hold no {symbol.upper()}. Nothing was sent.", code="flat")
        return position

    def exits_of(self, position: Position) -> list[Order]:
        """Working exit orders of a position, oldest first."""
        side = position.side.opposite
        return [
            row
            for row in self._core.context.book.open_orders(position.symbol)
            if row.side is side and (row.intent.role is not OrderRole.ENTRY or row.intent.reduce_only)
        ]

    def working_stops(self, position: Position) -> list[Order]:
        """The working stops of a position, newest last."""
        return [row for row in self.exits_of(position) if row.terms.order_type in _STOPS]

    def working_target(self, position: Position) -> Order | None:
        """The newest working target of a position."""
        rows = [row for row in self.exits_of(position) if row.terms.order_type is OrderType.LIMIT]
        return rows[-1] if rows else None

    # ---- steps ----------------------------------------------------------------------------------------------------

    async def _make_room(self, position: Position, keep: Decimal) -> None:
        """Shrink the working exits to ``keep`` shares, or cancel them, and wait until the broker confirmed."""
        exits = self.exits_of(position)
        if keep == 0:
            await self.cancel_and_wait(exits)
            return
        too_large = [row for row in exits if row.remaining_quantity > keep]
        if self._core.context.broker.capabilities.legs_keep_size:
            fixed = [row for row in too_large if row.intent.parent_id is not None or row.intent.oco_group is not None]
            too_large = [row for row in too_large if row not in fixed]
            if fixed:
                await self._put_anew(position, fixed, keep)
        for order in too_large:
            changed = await self.changes.shrink(order, order.filled_quantity + keep, source=OrderSource.RISK)
            ended = True
            if changed.client_order_id != order.client_order_id and changed.state.is_live_at_broker:
                ended = await self._wait_for_end(order.client_order_id)  # until then the whole of it may still fill
            now = self._core.context.book.get(changed.client_order_id) or changed
            too_much = now.is_open and (not now.state.is_live_at_broker or now.remaining_quantity > keep)
            if not ended or too_much:
                raise OrderDenied(
                    f"The exit of {order.symbol} could not be made smaller, so nothing was closed.",
                    advice="A stop larger than the position would turn it over. Cancel it, then close.",
                )

    async def _put_anew(self, position: Position, exits: list[Order], keep: Decimal) -> None:
        """Cancel exits that the broker does not resize, and send them again for ``keep`` shares at their prices."""
        await self.cancel_and_wait(exits)
        shares = min(keep, self.position(position.symbol).shares)
        stop = next((row for row in reversed(exits) if row.terms.order_type in _STOPS), None)
        target = next((row for row in reversed(exits) if row.terms.order_type is OrderType.LIMIT), None)
        if stop is not None and target is not None:
            parent, judged = stop.intent.parent_id, stop.terms
            await self._send_pair(target.terms, stop.terms, shares, OrderSource.RISK, parent, judged=judged)
            return
        for order in exits[-1:]:
            terms = replace(order.terms, quantity=shares)
            await self._send_exit(terms, OrderSource.RISK, order.intent.label, role=order.intent.role)

    async def cancel_and_wait(self, orders: list[Order]) -> None:
        """Cancel and wait for the broker's confirmation. Raises ``OrderDenied`` when one stays."""
        for order in orders:
            await request_cancel(self._core.context, order)
        for order in orders:
            if not await self._wait_for_end(order.client_order_id):
                raise OrderDenied(
                    f"The cancel of {order.side.value} {order.quantity} {order.symbol} is not confirmed. "
                    "Nothing was closed, for both could fill.",
                    advice="Try again in a moment.",
                )
        await self._count_last_fills([row.client_order_id for row in orders])

    async def _count_last_fills(self, client_ids: list[str]) -> None:
        """Fetch fills that the broker counts for ended exits and that have not arrived here yet."""
        context = self._core.context
        rows = [row for key in client_ids if (row := context.book.get(key)) is not None]
        behind = [row for row in rows if (row.reported_filled or ZERO) > row.filled_quantity]
        if behind:
            await self._core.keeper.catch_up(min(row.intent.created_at for row in behind))

    async def _put_stop(self, position: Position, terms: OrderTerms, source: OrderSource, label: str) -> Order:
        """Put one stop for all shares in the place of those that work; with a target it is a pair again.

        The gate is asked before anything is cancelled, so that a refusal never leaves the position bare.
        """
        stops, target = self.working_stops(position), self.working_target(position)
        if target is not None:
            return await self._pair(position, target, terms, source, stops)
        self._check_first(terms, stops)
        await self.cancel_and_wait(stops)
        left = self.position(position.symbol).shares
        return await self._send_exit(replace(terms, quantity=left), source, label, role=OrderRole.STOP)

    def _check_first(
        self, terms: OrderTerms, instead_of: Sequence[Order], confirmed: frozenset[str] | None = None
    ) -> None:
        """Raise what the gate would say to ``terms`` once the exits in its way are gone; nothing is cancelled yet.

        With ``confirmed`` an order that has just left asks for a second press unless it was accepted.
        """
        for order in instead_of:
            check_known(self._core.context, order)
        verdicts = self._core.planner.check(terms, reduce_only=True, instead_of=instead_of)
        denied = [row for row in verdicts if row.outcome is Outcome.DENY]
        if denied:
            self._core.context.tell(NoticeLevel.WARNING, "Orders", denied[0].sentence, group="denied")
            raise OrderDenied(denied[0].sentence, code=denied[0].check, verdicts=verdicts)
        twice = [row for row in verdicts if row.outcome is Outcome.CONFIRM and row.check == Check.DUPLICATE]
        if confirmed is not None and twice and Check.DUPLICATE not in confirmed:
            raise ConfirmationNeeded(twice[0].sentence, code=twice[0].check, verdicts=tuple(twice))

    async def _pair(
        self, position: Position, partner: Order, terms: OrderTerms, source: OrderSource, others: Sequence[Order]
    ) -> Order:
        """Put a second exit beside one that works alone: both anew, as a pair that cancels each other.

        ``others`` are cancelled too: exits whose place the new one takes.
        """
        if not self._core.context.broker.capabilities.native_oco:
            raise OrderDenied(
                f"{self._core.context.broker_name} cannot tie a second exit to the one that works.",
                advice="Cancel the working exit first.",
            )
        in_the_way = list({row.client_order_id: row for row in (*others, partner)}.values())
        self._check_first(terms, in_the_way)
        await self.cancel_and_wait(in_the_way)
        is_stop = partner.terms.order_type in _STOPS
        target, stop = (terms, partner.terms) if is_stop else (partner.terms, terms)
        shares = self.position(position.symbol).shares
        orders = await self._send_pair(target, stop, shares, source, partner.intent.parent_id, judged=terms)
        return orders[0] if is_stop else orders[-1]

    async def _send_pair(
        self,
        target: OrderTerms,
        stop: OrderTerms,
        shares: Decimal,
        source: OrderSource,
        parent_id: str | None,
        *,
        judged: OrderTerms,
    ) -> list[Order]:
        """Send a target and a stop for ``shares`` that cancel each other; the gate judges the ``judged`` one."""
        group = self._core.context.new_client_order_id()
        intents = [
            self._core.intents.intent(
                replace(terms, quantity=shares),
                source=source,
                label=label,
                role=role,
                parent_id=parent_id,
                oco_group=group,
                reduce_only=True,
            )
            for terms, label, role in ((target, "Target", OrderRole.TARGET), (stop, "Stop", OrderRole.STOP))
        ]
        new = intents[0] if judged is target else intents[1]
        verdicts = self._core.planner.check(new.terms, reduce_only=True)
        asked = frozenset(row.check for row in verdicts if row.outcome is Outcome.CONFIRM)
        await self._entries.pass_gate(verdicts, [new], asked)
        return await self._core.sender.send_oco(intents[0], intents[1], verdict_texts(verdicts))

    async def _send_exit(
        self,
        terms: OrderTerms,
        source: OrderSource,
        label: str,
        *,
        role: OrderRole = OrderRole.EXIT,
        pressed_ns: int | None = None,
        is_flatten: bool = False,
    ) -> Order:
        core = self._core
        verdicts = core.planner.check(terms, reduce_only=True, is_flatten=is_flatten)
        intent = core.intents.intent(
            terms, source=source, label=label, role=role, reduce_only=True, pressed_ns=pressed_ns
        )
        # an exit is never held back by a wish for a second press: by now those in its way may be gone
        asked = frozenset(row.check for row in verdicts if row.outcome is Outcome.CONFIRM)
        await self._entries.pass_gate(verdicts, [intent], asked)
        core.planner.sends.add(terms, is_exit=True)
        return await core.sender.send_order(intent, verdict_texts(verdicts), core.context.clock.monotonic_ns())

    async def send_flatten(self, position: Position) -> Order:
        """Close a position as part of flatten: passes while halted."""
        terms = OrderTerms(position.symbol, position.side.opposite, OrderType.MARKET, position.shares)
        return await self._send_exit(terms, OrderSource.RISK, "Flatten", is_flatten=True)

    async def _wait_for_end(self, client_order_id: str) -> bool:
        book, clock = self._core.context.book, self._core.context.clock
        for _ in range(int(CONFIRM_SECONDS / POLL_SECONDS)):
            order = book.get(client_order_id)
            if order is None or not order.is_open:
                return True
            await clock.sleep(POLL_SECONDS)
        return False

    async def _wait_for(self, client_order_id: str, state: OrderState) -> bool:
        book, clock = self._core.context.book, self._core.context.clock
        for _ in range(int(CONFIRM_SECONDS / POLL_SECONDS)):
            order = book.get(client_order_id)
            if order is not None and order.state is state:
                return True
            await clock.sleep(POLL_SECONDS)
        return False

    def _check_stop_side(self, position: Position, price: Decimal) -> None:
        quote = self._core.context.quotes.latest(position.symbol)
        market = quote.near_side(position.side) if quote else position.mark
        if market is not None and position.side.sign * (market - price) <= 0:
            side = "below" if position.is_long else "above"
            raise OrderDenied(
                f"A stop at {price} would go off at once: {position.symbol} is at {market}.",
                advice=f"Use a price {side} {market}, or close the position.",
                code="stop_side",
            )

    def _lot(self, symbol: str) -> Decimal:
        instrument = self._core.context.instruments.get(symbol)
        return instrument.lot if instrument else ONE

    def _tick(self, symbol: str, price: Decimal) -> Decimal:
        instrument = self._core.context.instruments.get(symbol)
        return instrument.tick_at(price) if instrument else Decimal("0.01")


def _moved_stop(stop: Order, price: Decimal) -> OrderTerms:
    """The stop's terms at ``price``; its limit keeps the distance that it had."""
    terms = stop.terms
    limit = terms.limit_price
    if limit is not None and terms.stop_price is not None:
        limit += price - terms.stop_price
    return replace(terms, stop_price=price, limit_price=limit)


def _close_label(shares: Decimal, position: Position) -> str:
    if shares == position.shares:
        return "Close"
    return "Close half" if position.shares - shares * 2 in {ZERO, ONE} else "Close part"
