"""Entries: the check, the second press where one is needed, and the send."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from legend_desktop.domain.enums import OrderRole, OrderSource, OrderState, TradingState
from legend_desktop.domain.errors import ConfirmationNeeded, OrderDenied
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.domain.formatting import format_percent
from legend_desktop.domain.orders import Bracket, Order, OrderIntent, OrderTerms, TradePlan
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.previews import OrderPreview, QuickEntryRequest, QuickEntryResult
from legend_desktop.services.risk_state import THROTTLE
from legend_desktop.services.trading_core import TradingCore
from legend_desktop.services.trading_lock import lock_for_person

THROTTLE_CHECK = "throttle"
SECOND_TRIP = timedelta(minutes=10)


class Entries:
    """Sends entries and plain orders through the gate."""

    def __init__(self, core: TradingCore) -> None:
        self._core = core
        self._last_trip: datetime | None = None

    async def quick_entry(self, request: QuickEntryRequest, confirmed: frozenset[str]) -> QuickEntryResult:
        """Size, check and send an entry with its exits, or a plain order that only takes the position down.

        Raises ``OrderDenied``, ``ConfirmationNeeded``, ``UnknownSymbol`` or ``StoreError``; then nothing was sent.
        """
        core = self._core
        await core.know_symbol(request.symbol, fresh_quote=True)
        preview = core.planner.preview(request)
        intent = self._entry_intent(request, preview)
        if intent is None:
            raise OrderDenied(preview.refusals[0].sentence, verdicts=preview.verdicts)
        bracket = core.intents.bracket(intent, preview.stop_loss_price, preview.target_price)
        await self.pass_gate(preview.verdicts, bracket.legs, confirmed)
        core.planner.sends.add(intent.terms, is_exit=preview.reduce_only)
        decided = core.context.clock.monotonic_ns()
        orders = await core.sender.send_bracket(bracket, verdict_texts(preview.verdicts), decided)
        return _result(orders, preview)

    async def place(
        self,
        terms: OrderTerms,
        *,
        source: OrderSource,
        label: str,
        confirmed: frozenset[str],
        pressed_ns: int | None = None,
    ) -> Order:
        """Check and send one order as it is given."""
        core = self._core
        await core.know_symbol(terms.symbol, fresh_quote=True)
        reduces = core.planner.only_reduces(terms.symbol, terms.side, terms.quantity)
        verdicts = _with_problems(terms.problems(), core.planner.check(terms, reduce_only=reduces))
        intent = core.intents.intent(
            terms,
            source=source,
            label=label or "Ticket",
            role=OrderRole.EXIT if reduces else OrderRole.ENTRY,
            reduce_only=reduces,
            pressed_ns=pressed_ns,
        )
        await self.pass_gate(verdicts, [intent], confirmed)
        core.planner.sends.add(terms, is_exit=reduces)
        decided = core.context.clock.monotonic_ns()
        return await core.sender.send_order(intent, verdict_texts(verdicts), decided)

    async def place_bracket(self, bracket: Bracket, confirmed: frozenset[str]) -> list[Order]:
        """Check and send an entry with exits as they are given."""
        core = self._core
        terms = bracket.entry.terms
        await core.know_symbol(terms.symbol, fresh_quote=True)
        stop = bracket.stop_loss.terms.stop_price if bracket.stop_loss else None
        target = bracket.take_profit.terms.limit_price if bracket.take_profit else None
        verdicts = _with_problems(
            bracket.problems(), core.planner.check(terms, planned_stop=stop, planned_target=target)
        )
        await self.pass_gate(verdicts, bracket.legs, confirmed)
        core.planner.sends.add(terms, is_exit=False)
        decided = core.context.clock.monotonic_ns()
        return await core.sender.send_bracket(bracket, verdict_texts(verdicts), decided)

    async def pass_gate(
        self, verdicts: tuple[Verdict, ...], intents: Sequence[OrderIntent], confirmed: frozenset[str]
    ) -> None:
        """Return when everything passes; else write the refusal down and raise it."""
        denied = [row for row in verdicts if row.outcome is Outcome.DENY]
        if denied:
            if any(row.check == THROTTLE_CHECK for row in denied):
                await self._trip_throttle(denied)
            await self._core.sender.deny(intents, verdict_texts(verdicts), denied[0].sentence)
            self._core.context.tell(NoticeLevel.WARNING, "Orders", denied[0].sentence, group="denied")
            raise OrderDenied(denied[0].sentence, code=denied[0].check, verdicts=verdicts)
        asking = [row for row in verdicts if row.outcome is Outcome.CONFIRM and row.check not in confirmed]
        if asking:
            raise ConfirmationNeeded(asking[0].sentence, code=asking[0].check, verdicts=verdicts)

    async def _trip_throttle(self, denied: list[Verdict]) -> None:
        """Hold entries back for the time the limits say; a second trip within ten minutes needs a person."""
        context = self._core.context
        if context.risk.has(THROTTLE):
            return
        now = context.clock.now()
        sentence = next(row.sentence for row in denied if row.check == THROTTLE_CHECK)
        context.risk.lock(THROTTLE, TradingState.ACTIVE, sentence, until=now + context.risk.limits.lock_after_throttle)
        context.alarm("throttle", sentence, "Cancels and exits work.", action="panel.activity", label="Show")
        context.supervisor.start(self._end_throttle(), "end of the throttle")
        last = self._last_trip
        self._last_trip = now
        if last is not None and now - last < SECOND_TRIP:
            await lock_for_person(context, "Too many orders twice within ten minutes. Unlock when you know why.")

    async def _end_throttle(self) -> None:
        """Say that entries are open again once the lock has run out."""
        context = self._core.context
        await context.clock.sleep(context.risk.limits.lock_after_throttle.total_seconds())
        context.risk.announce()
        context.clear_alarm("throttle")

    def _entry_intent(self, request: QuickEntryRequest, preview: OrderPreview) -> OrderIntent | None:
        """The intent of what was previewed: an entry with its plan, or an exit; ``None`` without a size."""
        sizing, core = preview.sizing, self._core
        if preview.quantity is None or (sizing is None and not preview.reduce_only):
            return None
        terms = core.planner.terms_of(request, preview.symbol, preview.quantity)
        wanted = request.decimal("risk_percent")
        label = request.label or (f"Quick {format_percent(wanted)}" if wanted is not None else "Quick")
        if sizing is None:
            return core.intents.intent(
                terms,
                source=request.source,
                label=label,
                role=OrderRole.EXIT,
                reduce_only=True,
                pressed_ns=request.pressed_ns,
            )
        plan = TradePlan(
            entry_price=sizing.entry_price,
            stop_loss_price=sizing.stop_loss_price,
            take_profit_price=sizing.target_price,
            account_size=preview.account_size,
            risk_percent=sizing.risk_percent_actual,
            risk_amount=sizing.risk_amount,
            model=sizing.model.value,
        )
        return core.intents.intent(terms, source=request.source, label=label, plan=plan, pressed_ns=request.pressed_ns)


def verdict_texts(verdicts: Iterable[Verdict]) -> list[str]:
    """Verdicts as they are stored: check, outcome and sentence."""
    return [f"{row.check}: {row.outcome.value}{' - ' + row.sentence if row.sentence else ''}" for row in verdicts]


def _with_problems(problems: Iterable[str], verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    rows = tuple(Verdict("terms", "Order is whole", Outcome.DENY, sentence) for sentence in problems)
    said = {row.sentence for row in verdicts}
    return (*(row for row in rows if row.sentence not in said), *verdicts)


def _result(orders: list[Order], preview: OrderPreview) -> QuickEntryResult:
    warnings = tuple(row.sentence for row in preview.verdicts if row.outcome is not Outcome.PASS and row.sentence)
    failed = {OrderState.REJECTED, OrderState.UNKNOWN}
    return QuickEntryResult(
        order=orders[0],
        risk_amount=preview.sizing.risk_amount if preview.sizing else None,
        symbol=preview.symbol,
        side=preview.side,
        entry_price=preview.entry_price,
        stop_loss_price=preview.stop_loss_price,
        target_price=preview.target_price,
        position_sizing=preview.sizing,
        warnings=warnings,
        errors=tuple(dict.fromkeys(row.reason for row in orders if row.state in failed and row.reason)),
        exits=tuple(orders[1:]),
    )
