"""Plans for working orders: cancelling them, moving their price, and flattening everything."""

from collections.abc import Sequence
from decimal import Decimal

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderSource, OrderState, OrderType
from legend_desktop.domain.formatting import format_price, format_shares
from legend_desktop.domain.orders import Order
from legend_desktop.viewmodels.actions import CANCEL_ALL_HOLD_MS, FLATTEN_HOLD_MS
from legend_desktop.viewmodels.command_ast import CancelCommand, CancelWhat, FlattenCommand
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_meaning import meaning_of
from legend_desktop.viewmodels.desk_facts import DeskFacts, Trading
from legend_desktop.viewmodels.plans import Plan, passed, refused
from legend_desktop.viewmodels.previews import ActionPreview, Figure

_SHOWN = 3


class OrderPlans:
    """Makes plans for working orders."""

    def __init__(self, trading: Trading, facts: DeskFacts) -> None:
        self._trading = trading
        self._facts = facts

    def cancel(self, command: CancelCommand) -> Plan:
        """Cancel working orders: all, the newest, one side, or one symbol's."""
        key, title = format_command(command), meaning_of(command)
        orders = self._matching(command)
        if not orders:
            where = f" in {command.symbol}" if command.symbol else ""
            return refused(key, title, f"There is no working order{where} to cancel.")
        side = {CancelWhat.BUYS: OrderSide.BUY, CancelWhat.SELLS: OrderSide.SELL}.get(command.what or CancelWhat.ALL)
        last = orders[-1].client_order_id if command.what is CancelWhat.LAST else ""

        async def run(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            if last:
                await self._trading.cancel_order(last)
                return f"Cancel requested: {_sentence(orders[-1])}. It may still fill until it is confirmed."
            report = await self._trading.cancel_all(command.symbol or None, side)
            return f"Cancel: {report.sentence}"

        exits = [order for order in orders if order.intent.role is not OrderRole.ENTRY or order.intent.reduce_only]
        warning = ""
        if exits:
            subject = "1 of them protects" if len(exits) == 1 else f"{len(exits)} of them protect"
            warning = f" {subject} a position." if len(orders) > 1 else " It protects a position."
        shown = ActionPreview(
            f"Cancel {_count(len(orders), 'order')}",
            f"{_list(orders)}{warning}",
            self._cancel_figures(orders, len(exits)),
            (passed("working", "There are working orders"),),
        )
        hold = CANCEL_ALL_HOLD_MS if command.what is CancelWhat.ALL else 0
        return Plan(key, shown, run, hold_ms=hold)

    def _cancel_figures(self, orders: Sequence[Order], exits: int) -> tuple[Figure, ...]:
        buys = sum(order.side is OrderSide.BUY for order in orders)
        return (
            Figure("Buys", str(buys)),
            Figure("Sells", str(len(orders) - buys)),
            Figure("Stops and targets", str(exits), "warning" if exits else ""),
        )

    def _matching(self, command: CancelCommand) -> list[Order]:
        orders = [row for row in self._facts.orders.open_orders() if row.state is not OrderState.INTENT]
        if command.symbol:
            return [row for row in orders if row.symbol == command.symbol]
        if command.what is CancelWhat.LAST:
            return orders[-1:]
        if command.what is CancelWhat.BUYS:
            return [row for row in orders if row.side is OrderSide.BUY]
        if command.what is CancelWhat.SELLS:
            return [row for row in orders if row.side is OrderSide.SELL]
        return orders

    def flatten(self, command: FlattenCommand) -> Plan:
        """Cancel, then close at market: one symbol, or everything."""
        key, title = format_command(command), meaning_of(command)
        facts = self._facts
        positions = [row for row in facts.positions() if row.quantity and command.symbol in {"", row.symbol}]
        orders = [row for row in facts.orders.open_orders() if command.symbol in {"", row.symbol}]
        if not positions and not orders:
            return refused(key, title, "There is no position and no working order to flatten.")

        async def run(_confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            report = await self._trading.flatten_all(command.symbol or None)
            return f"Flatten: {report.sentence}"

        what = f"{_count(len(positions), 'position')}, {_count(len(orders), 'order')}"
        other = "Paper is not touched." if facts.mode_word == "LIVE" else "Live accounts are not touched."
        held = ", ".join(
            f"{'long' if row.is_long else 'short'} {format_shares(row.shares)} {row.symbol}"
            for row in positions[:_SHOWN]
        )
        more = f" and {len(positions) - _SHOWN} more" if len(positions) > _SHOWN else ""
        closing = f" Closes {held}{more}." if held else ""
        shown = ActionPreview(
            f"Flatten {command.symbol or f'the {facts.mode_word} account'}: {what}",
            f"Orders are cancelled first, then positions closed at market.{closing} {other}",
            (Figure("Positions", str(len(positions))), Figure("Orders", str(len(orders)))),
            (passed("open", "There is something to flatten"),),
        )
        return Plan(key, shown, run, hold_ms=0 if command.symbol else FLATTEN_HOLD_MS)

    def reprice(self, symbol: str, *, near: bool, source: OrderSource = OrderSource.KEY) -> Plan:
        """Move the newest working limit of a symbol to the near or the far side of the quote."""
        side_word = "near" if near else "far"
        key, title = f"reprice {symbol} {side_word}", f"Move the newest {symbol} limit to the {side_word} side"
        limits = [
            row
            for row in self._facts.orders.open_orders(symbol)
            if row.terms.order_type is OrderType.LIMIT and row.state.is_live_at_broker
        ]
        entries = [row for row in limits if row.intent.role is OrderRole.ENTRY]
        if not limits:
            return refused(key, title, f"There is no working limit in {symbol} to move.")
        order = (entries or limits)[-1]
        quote = self._facts.quote(symbol)
        price: Decimal | None = None
        if quote is not None:
            price = quote.near_side(order.side) if near else quote.far_side(order.side)
        if price is None:
            return refused(key, title, f"{symbol} has no quote on that side now. Wait for one.")
        if price == order.terms.limit_price:
            return refused(key, title, f"The limit stands at {format_price(price)} already.")

        async def run(confirmed: frozenset[str], _pressed_ns: int | None) -> str:
            await self._trading.replace_order(
                order.client_order_id, limit_price=price, source=source, confirmed=confirmed
            )
            return f"Sent: {shown.title}."

        shown = ActionPreview(
            f"Move the limit of {_sentence(order)} to {format_price(price)}",
            f"That is the {side_word} side of the quote.",
            (Figure("Limit now", format_price(order.terms.limit_price)), Figure("New limit", format_price(price))),
            (passed("working", "The order works"),),
        )
        return Plan(key, shown, run)


def _sentence(order: Order) -> str:
    price = order.terms.limit_price or order.stop_trigger
    at = f" at {format_price(price)}" if price is not None else ""
    return f"{order.side.value} {format_shares(order.remaining_quantity)} {order.symbol}{at}"


def _list(orders: Sequence[Order]) -> str:
    rows = ", ".join(_sentence(order) for order in list(reversed(orders))[:_SHOWN])
    more = f" and {len(orders) - _SHOWN} more" if len(orders) > _SHOWN else ""
    return f"{rows[:1].upper()}{rows[1:]}{more}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
