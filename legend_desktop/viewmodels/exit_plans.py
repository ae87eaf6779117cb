"""Plans for positions that are open: closing them, and their stops and targets."""

from decimal import Decimal

from legend_desktop.domain.enums import OrderSource
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import (
    format_bps,
    format_money,
    format_percent,
    format_price,
    format_shares,
)
from legend_desktop.domain.money import HUNDRED, floor_to_step
from legend_desktop.domain.orders import Order
from legend_desktop.domain.positions import Position
from legend_desktop.domain.verdicts import Fix
from legend_desktop.viewmodels.command_ast import (
    CloseCommand,
    RMultiple,
    StopCommand,
    StopPlace,
    TargetCommand,
    Trail,
)
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_meaning import meaning_of, trail_text
from legend_desktop.viewmodels.command_prices import Market, exit_price, trail_distance
from legend_desktop.viewmodels.desk_facts import DeskFacts, Trading
from legend_desktop.viewmodels.plans import Plan, passed, refused, refused_by
from legend_desktop.viewmodels.previews import ActionPreview, Figure


class ExitPlans:
    """Makes plans that take positions down or protect them."""

    def __init__(self, trading: Trading, facts: DeskFacts) -> None:
        self._trading = trading
        self._facts = facts

    # --- closing -------------------------------------------------------------------------------------------------

    def close(self, command: CloseCommand, source: OrderSource = OrderSource.COMMAND) -> Plan:
        """Close a position or a part of it at market."""
        key, title = format_command(command), meaning_of(command)
        position = self._facts.position(command.symbol)
        if position is None:
            return refused(key, title, f"You hold no {command.symbol}, so there is nothing to close.")
        shares = self._shares(command, position)
        if shares > position.shares:
            return self._too_many(key, title, position, shares)
        if shares <= 0:
            return refused(key, title, f"That part of {format_shares(position.shares)} {command.symbol} is no share.")
        quantity = None if shares == position.shares else shares

        async def run(confirmed: frozenset[str], pressed_ns: int | None) -> str:
            await self._trading.close_position(
                command.symbol, quantity=quantity, source=source, pressed_ns=pressed_ns, confirmed=confirmed
            )
            return f"Sent: {shown.title}."

        verb = "Sell" if position.is_long else "Buy to cover"
        shown = ActionPreview(
            f"{verb} {format_shares(shares)} {command.symbol} at market",
            self._after_close(position, shares),
            self._close_figures(position, shares),
            (passed("held", "The shares are held"), passed("part", "Not more than is held")),
        )
        return Plan(key, shown, run)

    def _shares(self, command: CloseCommand, position: Position) -> Decimal:
        if command.shares is not None:
            return command.shares
        if command.percent is None or command.percent == HUNDRED:
            return position.shares
        lot = self._facts.instrument_of(command.symbol).lot
        return max(lot, floor_to_step(position.shares * command.percent / HUNDRED, lot))

    def _too_many(self, key: str, title: str, position: Position, shares: Decimal) -> Plan:
        held = f"{format_shares(position.shares)} {'long' if position.is_long else 'short'}"
        sentence = (
            f"{position.symbol}: you hold {held}, {format_shares(shares)} is more than that. "
            f"Close all {format_shares(position.shares)}?"
        )
        fix = Fix(f"Close all {format_shares(position.shares)}", "command", f"close {position.symbol}")
        return refused(key, title, sentence, (fix,))

    def _after_close(self, position: Position, shares: Decimal) -> str:
        side = "Long" if position.is_long else "Short"
        left = position.shares - shares
        becomes = f"{side.lower()} {format_shares(left)}" if left else "flat"
        words = f"{side} {format_shares(position.shares)} becomes {becomes}."
        exits = self._facts.exits_of(position)
        larger = [order for order in exits if order.remaining_quantity > left]
        if not larger:
            return words
        if not left:
            named = _named_exit(larger[-1]) if len(larger) == 1 else "Its exits"
            verb = "is" if len(larger) == 1 else "are"
            return f"{words} {named} {verb} cancelled first."
        rows = " ".join(
            f"{_named_exit(order)} shrinks from {format_shares(order.remaining_quantity)} to "
            f"{format_shares(left)} first."
            for order in larger[-2:]
        )
        return f"{words} {rows}"

    def _close_figures(self, position: Position, shares: Decimal) -> tuple[Figure, ...]:
        quote = self._facts.quote(position.symbol)
        price = quote.far_side(position.side.opposite) if quote else None
        price = price or position.mark
        tick = self._facts.instrument_of(position.symbol).tick
        gain = None if price is None else position.side.sign * (price - position.avg_entry_price) * shares
        value = None if price is None else price * shares
        rows = [
            Figure("About", format_price(price, tick)),
            Figure("Value", format_money(value)),
            Figure("Gain on this part, est.", format_money(gain, signed=True), _tone(gain)),
        ]
        spread = quote.spread_bps if quote is not None and not quote.is_crossed else None
        if spread is not None and value is not None:
            cost = spread / 2
            money = format_money(value * cost / 10_000)
            rows.append(Figure("Expected cost, est.", f"{format_bps(cost, 1, signed=False)} = {money}"))
        return tuple(rows)

    def reverse(self, symbol: str, source: OrderSource = OrderSource.KEY) -> Plan:
        """Close a position and open the same size on the other side."""
        key = f"reverse {symbol}"
        position = self._facts.position(symbol)
        if position is None:
            return refused(key, f"Reverse {symbol}", f"You hold no {symbol}, so there is nothing to reverse.")

        async def run(_confirmed: frozenset[str], pressed_ns: int | None) -> str:
            await self._trading.reverse_position(symbol, source=source, pressed_ns=pressed_ns)
            return f"Sent: {shown.title}."

        before, after = ("long", "short") if position.is_long else ("short", "long")
        count = format_shares(position.shares)
        shown = ActionPreview(
            f"Reverse {symbol}: {before} {count} becomes {after} {count}",
            "Its exits are cancelled and the position is closed first. The new position has no stop yet.",
            self._close_figures(position, position.shares),
        )
        return Plan(key, shown, run)

    # --- stops and targets ---------------------------------------------------------------------------------------

    def stop(self, command: StopCommand, source: OrderSource = OrderSource.COMMAND) -> Plan:
        """Place, move or trail the stop of a position."""
        key, title = format_command(command), meaning_of(command)
        position = self._facts.position(command.symbol)
        if position is None:
            return refused(key, title, f"You hold no {command.symbol}, so there is nothing to protect.")
        market = self._market(command.symbol)
        try:
            if isinstance(command.place, Trail):
                return self._trail(key, position, command.place, market, source)
            if isinstance(command.place, StopPlace):
                return self._stop_at_entry(key, position, command.place, source)
            price = exit_price(command.place, position.side, position.avg_entry_price, market, is_stop=True)
        except InvalidInput as error:
            return refused_by(key, title, error)
        if price is None:
            return refused(key, title, f"The stop of {command.symbol} has no price.")
        wrong = self._wrong_side(position, price, market)
        if wrong:
            return refused(key, title, wrong)

        async def run(confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.move_stop(command.symbol, price, source=source, confirmed=confirmed)
            return f"{shown.title}: sent."

        shown = self._stop_preview(position, price, market)
        return Plan(key, shown, run)

    def _stop_at_entry(self, key: str, position: Position, place: StopPlace, source: OrderSource) -> Plan:
        with_costs = place is StopPlace.COSTS
        market = self._market(position.symbol)
        wrong = self._wrong_side(position, position.avg_entry_price, market)
        if wrong:
            return refused(key, f"Move the {position.symbol} stop to the entry price", wrong)

        async def run(confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.stop_to_entry(
                position.symbol, with_costs=with_costs, source=source, confirmed=confirmed
            )
            return f"{shown.title}: sent."

        shown = self._stop_preview(position, position.avg_entry_price, market)
        if with_costs:
            shown = ActionPreview(f"{shown.title} and the costs", shown.sentence, shown.figures, shown.verdicts)
        return Plan(key, shown, run)

    def _stop_preview(self, position: Position, price: Decimal, market: Market) -> ActionPreview:
        tick = market.instrument.tick
        working = self._facts.working_stop(position)
        count = format_shares(position.shares)
        at = format_price(price, tick)
        if working is None:
            title = f"Place a stop for {count} {position.symbol} at {at}"
            sentence = f"{count} shares had no stop."
        else:
            title = f"Move the {position.symbol} stop to {at}"
            old = working.stop_trigger
            sentence = f"It stands at {format_price(old, tick)}." if old is not None else "It trails the price now."
        result = position.side.sign * (price - position.avg_entry_price) * position.shares
        label = "Locks at the stop" if result > 0 else "Loss at the stop"
        mark = position.mark or (market.quote.mid if market.quote else None)
        away = None if not mark else abs(mark - price) / mark * HUNDRED
        figures = (
            Figure("Stop", at),
            Figure("Shares", count),
            Figure("From the price", format_percent(away)),
            Figure(label, format_money(result, signed=True), _tone(result)),
        )
        return ActionPreview(title, sentence, figures, (passed("side", "The stop is on its side of the price"),))

    def _trail(self, key: str, position: Position, trail: Trail, market: Market, source: OrderSource) -> Plan:
        amount, percent = trail_distance(trail, market)

        async def run(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.trail_stop(position.symbol, amount=amount, percent=percent, source=source)
            return f"{shown.title}: sent."

        working = self._facts.working_stop(position)
        sentence = "It replaces the stop." if working else f"{format_shares(position.shares)} shares had no stop."
        mark = (market.quote.near_side(position.side) if market.quote else None) or position.mark
        away = amount if amount is not None else None if mark is None or percent is None else mark * percent / HUNDRED
        start = None if mark is None or away is None else mark - position.side.sign * away
        shown = ActionPreview(
            f"Trail the {position.symbol} stop by {trail_text(trail)}",
            sentence,
            (
                Figure("Starts about", format_price(start, market.instrument.tick)),
                Figure("Shares", format_shares(position.shares)),
            ),
            (passed("held", "The shares are held"),),
        )
        return Plan(key, shown, run)

    def target(self, command: TargetCommand, source: OrderSource = OrderSource.COMMAND) -> Plan:
        """Set or move the target of a position."""
        key, title = format_command(command), meaning_of(command)
        position = self._facts.position(command.symbol)
        if position is None:
            return refused(key, title, f"You hold no {command.symbol}, so there is nothing to set a target for.")
        market = self._market(command.symbol)
        stop = self._facts.planned_stop(position) if isinstance(command.price, RMultiple) else None
        if stop is None and (working := self._facts.working_stop(position)) is not None:
            stop = working.stop_trigger
        entry = position.avg_entry_price
        try:
            price = exit_price(command.price, position.side, entry, market, is_stop=False, stop=stop)
        except InvalidInput as error:
            return refused_by(key, title, error)
        if price is None:
            return refused(key, title, f"The target of {command.symbol} has no price.")

        async def run(confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.set_target(command.symbol, price, source=source, confirmed=confirmed)
            return f"{shown.title}: sent."

        tick = market.instrument.tick
        working_target = self._facts.working_target(position)
        sentence = ""
        if working_target is not None and working_target.terms.limit_price is not None:
            sentence = f"It stands at {format_price(working_target.terms.limit_price, tick)}."
        gain = position.side.sign * (price - entry) * position.shares
        shown = ActionPreview(
            f"Set the {command.symbol} target to {format_price(price, tick)}",
            sentence,
            (
                Figure("Target", format_price(price, tick)),
                Figure("Shares", format_shares(position.shares)),
                Figure("Gain at the target", format_money(gain, signed=True), _tone(gain)),
            ),
            (passed("held", "The shares are held"),),
        )
        return Plan(key, shown, run)

    # --- helpers -------------------------------------------------------------------------------------------------

    def _market(self, symbol: str) -> Market:
        return Market(symbol, self._facts.quote(symbol), self._facts.instrument_of(symbol))

    def _wrong_side(self, position: Position, price: Decimal, market: Market) -> str:
        near = (market.quote.far_side(position.side.opposite) if market.quote else None) or position.mark
        if near is None or position.side.sign * (near - price) > 0:
            return ""
        side = "below" if position.is_long else "above"
        at, now = format_price(price, market.instrument.tick), format_price(near, market.instrument.tick)
        return f"A stop at {at} would go off at once: {position.symbol} is at {now}. Use a price {side} {now}."


def _named_exit(order: Order) -> str:
    price = order.stop_trigger or order.terms.limit_price
    kind = "target" if order.terms.limit_price is not None and order.terms.stop_price is None else "stop"
    return f"The {kind} at {format_price(price)}" if price is not None else f"The {kind}"


def _tone(value: Decimal | None) -> str:
    if not value:
        return ""
    return "gain" if value > 0 else "loss"
