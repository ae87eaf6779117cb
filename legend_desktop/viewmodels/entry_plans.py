"""Plans for orders that open or add: the typed entry, and the quick entry of the keys."""

from dataclasses import replace
from decimal import Decimal

from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import (
    format_bps,
    format_money,
    format_percent,
    format_price,
    format_r,
    format_shares,
)
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.order_words import order_sentence
from legend_desktop.services.previews import OrderPreview, QuickEntryRequest
from legend_desktop.viewmodels.command_ast import EntryCommand, EntrySide
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_meaning import meaning_of
from legend_desktop.viewmodels.command_prices import Market, entry_request
from legend_desktop.viewmodels.desk_facts import DeskFacts, Trading
from legend_desktop.viewmodels.plans import Plan, refused, refused_by
from legend_desktop.viewmodels.previews import ActionPreview, Figure

NO_STOP = "typed_without_stop"
WANT_AGAIN_NS = 5_000_000_000


class EntryPlans:
    """Makes plans for entries."""

    def __init__(self, trading: Trading, facts: DeskFacts) -> None:
        self._trading = trading
        self._facts = facts
        self._wanted: dict[str, int] = {}

    def typed(self, command: EntryCommand) -> Plan:
        """The plan of a typed entry; prices that hang on the quote are worked out now."""
        facts = self._facts
        key, title = format_command(command), meaning_of(command)
        if command.broker is not None and command.broker is not facts.broker:
            return refused(
                key, title, f"This window trades on {facts.broker_name}. Nothing goes to another broker here."
            )
        quote = facts.quote(command.symbol)
        if quote is None:
            self._want(command.symbol)
        if command.side is EntrySide.SHORT and (held := facts.position(command.symbol)) is not None and held.is_long:
            sentence = f"You hold {format_shares(held.shares)} {command.symbol}, so selling closes them first."
            return refused(key, title, f"{sentence} Write close {command.symbol}, or sell with a share count.")
        try:
            request = entry_request(command, Market(command.symbol, quote, facts.instrument_of(command.symbol)))
        except InvalidInput as error:
            return refused_by(key, title, error)
        return self.of_request(key, request, asks_for_stop=command.stop is None and command.side is not EntrySide.COVER)

    def _want(self, symbol: str) -> None:
        """Ask for a quote, not more than once in a few seconds: previews are made many times a second."""
        now = self._facts.clock.monotonic_ns()
        if now - self._wanted.get(symbol, -WANT_AGAIN_NS) >= WANT_AGAIN_NS:
            self._wanted[symbol] = now
            self._facts.want(symbol)

    def of_request(self, key: str, request: QuickEntryRequest, *, asks_for_stop: bool = False) -> Plan:
        """The plan of an entry whose prices are known."""
        preview = self._trading.preview(request)
        verdicts = preview.verdicts
        if asks_for_stop and request.stop_loss_price is None and not self._reduces(request):
            verdicts = (*verdicts, _no_stop(preview))

        async def run(confirmed: frozenset[str], pressed_ns: int | None) -> str:
            result = await self._trading.quick_entry(_stamped(request, pressed_ns), confirmed)
            return f"Sent: {order_sentence(result.order.terms)}."

        shown = ActionPreview(
            self._title(preview, request), self._sentence(preview, request), _figures(preview), verdicts
        )
        return Plan(key, shown, run)

    def _reduces(self, request: QuickEntryRequest) -> bool:
        position = self._facts.position(request.symbol.upper())
        return position is not None and position.side is request.side.opposite

    def _title(self, preview: OrderPreview, request: QuickEntryRequest) -> str:
        """The service's sentence, with the words for a short sale or a cover where it is one."""
        position = self._facts.position(preview.symbol)
        sentence = preview.sentence
        if request.side is OrderSide.SELL and (position is None or not position.is_long):
            return sentence.replace("Sell ", "Sell short ", 1)
        if request.side is OrderSide.BUY and position is not None and not position.is_long:
            return sentence.replace("Buy ", "Buy to cover ", 1)
        return sentence

    def _sentence(self, preview: OrderPreview, request: QuickEntryRequest) -> str:
        parts: list[str] = []
        tick = self._facts.instrument_of(preview.symbol).tick
        if preview.stop_loss_price is not None:
            parts.append(f"stop {format_price(preview.stop_loss_price, tick)}")
        if preview.target_price is not None:
            parts.append(f"target {format_price(preview.target_price, tick)}")
        words = f"With {' and '.join(parts)}." if parts else ""
        sizing = preview.sizing
        if sizing is not None and sizing.is_capped:
            words += f" Cut from {format_shares(sizing.uncapped_size)} by {sizing.binding_label}."
        position = self._facts.position(preview.symbol)
        if position is not None and preview.quantity is not None:
            after = position.quantity + request.side.sign * preview.quantity
            words += f" {_holding(position.quantity)} becomes {_holding(after).lower()}."
        return words.strip()


def _stamped(request: QuickEntryRequest, pressed_ns: int | None) -> QuickEntryRequest:
    return replace(request, pressed_ns=pressed_ns)


def _no_stop(preview: OrderPreview) -> Verdict:
    shares = "These shares" if preview.quantity is None else f"{format_shares(preview.quantity)} {preview.symbol}"
    sentence = f"{shares} would have no stop. Add one such as stop {_example(preview)}, or press Enter twice."
    return Verdict(NO_STOP, "Stop", Outcome.CONFIRM, sentence)


def _example(preview: OrderPreview) -> str:
    return "1.5%" if preview.order_type is not OrderType.TRAILING_STOP else "2atr"


def _holding(quantity: Decimal) -> str:
    if quantity == 0:
        return "Flat"
    return f"{'Long' if quantity > 0 else 'Short'} {format_shares(quantity)}"


def _figures(preview: OrderPreview) -> tuple[Figure, ...]:
    sizing = preview.sizing
    if sizing is None:
        return ()
    rows = [
        Figure("About", format_price(preview.entry_price)),
        Figure("Value", format_money(preview.value)),
    ]
    if sizing.risk_amount is not None:
        share = format_percent(sizing.risk_percent_actual)
        rows.append(Figure("Risk at stop", f"{format_money(sizing.risk_amount)} = {share}"))
    if sizing.reward_amount is not None:
        rows.append(
            Figure(
                "Reward",
                f"{format_money(sizing.reward_amount)} = {format_r(sizing.r_multiple, signed=False, unit=True)}",
            )
        )
    elif sizing.risk_amount is None:
        rows.append(Figure("Of the account", format_percent(preview.percent_of_account)))
    cost = "none, it waits"
    if preview.expected_cost is not None:
        cost = f"{format_bps(preview.expected_cost_bps, 1, signed=False)} = {format_money(preview.expected_cost)}"
    rows.append(Figure("Expected cost, est.", cost))
    return tuple(rows)
