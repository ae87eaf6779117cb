"""Sending, changing and cancelling orders at Alpaca, and what each answer proves.

A 200 says that Alpaca has the order, not that it works. A refusal is a refusal only in Alpaca's own words. An answer
that cannot be read, after the request left, leaves the order unknown.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from legend_desktop.brokers.alpaca.client import AlpacaClient
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.alpaca.enums import side_of
from legend_desktop.brokers.alpaca.order_desk import OrderDesk
from legend_desktop.brokers.alpaca.parse import number, same_order
from legend_desktop.brokers.alpaca.payloads import BulkRow, OrderRow, Unreadable, decode
from legend_desktop.brokers.alpaca.refusals import Asked, is_duplicate, not_sent, read_error, refusal, write_error
from legend_desktop.brokers.alpaca.requests import (
    bracket_body,
    exit_ids,
    is_complex,
    oco_body,
    order_body,
    replace_body,
    target_and_stop,
)
from legend_desktop.brokers.base import OrderReport, SentListener
from legend_desktop.brokers.errors import OrderRefused, OutcomeUnknown, RateLimited
from legend_desktop.brokers.http import HttpAnswer
from legend_desktop.brokers.rate_limit import Lane
from legend_desktop.brokers.refusals import RefusalReason
from legend_desktop.domain.enums import OrderRole, OrderType
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.money import ZERO
from legend_desktop.domain.orders import Bracket, OrderIntent, OrderTerms

log = logging.getLogger(__name__)
_TOO_LATE = {
    "canceled": ("The order was cancelled already.", "Nothing is left to cancel."),
    "expired": ("The order had ended with its time in force.", "Nothing is left to cancel."),
    "rejected": ("The order was refused by the market before.", "Nothing is left to cancel."),
    "filled": ("It is too late to cancel: the order is filled.", "Close the position if you do not want it."),
    "replaced": ("A change has taken the order's place.", "Cancel the order that works now."),
    "pending_replace": ("A change of the order is on its way.", "Cancel again in a moment."),
}
"""What a cancel that Alpaca refused has met, by the order's status, and what to do."""


class Placing:
    """The writes of one session."""

    def __init__(self, config: AlpacaConfig, client: AlpacaClient, desk: OrderDesk) -> None:
        self._config = config
        self._client = client
        self._desk = desk

    # ---- new orders -----------------------------------------------------------------------------------------------

    async def place(self, intent: OrderIntent, on_sent: SentListener | None) -> OrderReport:
        """Send a simple order."""
        body = order_body(intent, auctions=self._config.auction_orders)
        return (await self._submit(body, [intent], on_sent))[0]

    async def close(self, intent: OrderIntent, on_sent: SentListener | None) -> OrderReport:
        """Send a market order that only takes a position down."""
        if intent.terms.order_type is not OrderType.MARKET or not intent.reduce_only:
            raise not_sent("A close is a market order that only reduces.", RefusalReason.ORDER_TYPE)
        return await self.place(intent, on_sent)

    async def place_bracket(self, bracket: Bracket, on_sent: SentListener | None) -> list[OrderReport]:
        """Send an entry with one or two exits; the reports follow ``bracket.legs``."""
        if len(bracket.legs) == 1:
            return [await self.place(bracket.entry, on_sent)]
        body = bracket_body(bracket, auctions=self._config.auction_orders)
        return await self._submit(body, list(bracket.legs), on_sent, exit_ids(bracket))

    async def place_oco(
        self, first: OrderIntent, second: OrderIntent, on_sent: SentListener | None
    ) -> list[OrderReport]:
        """Send a pair of exits; the reports follow the arguments."""
        target, stop = target_and_stop(first, second)
        body = oco_body(target, stop)
        reports = await self._submit(body, [target, stop], on_sent, {OrderRole.STOP: stop.client_order_id})
        return reports if first is target or len(reports) != 2 else reports[::-1]

    async def _submit(
        self,
        body: bytes,
        intents: Sequence[OrderIntent],
        on_sent: SentListener | None,
        exits: Mapping[OrderRole, str] | None = None,
    ) -> list[OrderReport]:
        """One request for ``intents``, the first of which gives it its id."""
        first = intents[0]
        lane = Lane.URGENT if first.reduce_only else Lane.ORDER
        async with self._desk.sending(first.terms, first.client_order_id, exits):
            try:
                answer = await self._client.submit(body, lane=lane, on_sent=_stamps(intents, on_sent))
            except RateLimited as error:
                raise _no_room(error) from error
            row = await self._taken(answer, first, Asked.ORDER)
            rows = self._desk.learn([row])
            if len(rows) < len(intents):
                rows = await self._with_legs(row.id) or rows
        return self._reports(rows, intents, answer)

    async def _with_legs(self, order_id: str) -> list[OrderRow]:
        """The order with its legs, which the answer did not name; empty where they cannot be read now."""
        try:
            found = await self._client.order(order_id)
        except LegendError as error:
            log.info("The legs of order %s could not be read: %s", order_id, error)
            return []
        return [] if found is None else self._desk.learn([found])

    def _reports(
        self, rows: Sequence[OrderRow], intents: Sequence[OrderIntent], answer: HttpAnswer
    ) -> list[OrderReport]:
        """Reports in the order of ``intents``; fewer where a leg is not among ``rows``."""
        raw = answer.text
        found = [self._desk.report(rows[0], raw=raw, terms=intents[0].terms)]
        by_role = {row.role: row for row in (self._desk.report(leg) for leg in rows[1:])}
        found.extend(by_role[intent.role] for intent in intents[1:] if intent.role in by_role)
        if len(found) < len(intents) == len(rows):
            # exits whose intents carry no role of their own: the answer's order is ours
            found = [found[0], *(self._desk.report(leg) for leg in rows[1:])]
        return found

    async def _taken(self, answer: HttpAnswer, intent: OrderIntent, asked: Asked) -> OrderRow:
        """The order that the answer proves. Raises ``OrderRefused``, ``OutcomeUnknown`` or ``AuthExpired``."""
        if answer.ok:
            return self._read(answer, intent.terms, asked)
        if is_duplicate(answer):
            return await self._adopt(answer, intent, asked)
        raise write_error(answer, asked, self._config.mode, self._config.api_key.reveal())

    def _read(self, answer: HttpAnswer, terms: OrderTerms, asked: Asked) -> OrderRow:
        """The order in a good answer; an answer that names none proves nothing."""
        raw = f"{answer.status} {answer.text}"
        try:
            row = decode(answer.body, OrderRow)
        except Unreadable as error:
            raise OutcomeUnknown(f"Alpaca took the {asked.value}, but its answer is {error}.", raw=raw) from error
        if not row.id:
            raise OutcomeUnknown(f"Alpaca took the {asked.value}, but its answer names no order.", raw=raw)
        if not _is_echo(row, terms):
            log.error("Alpaca answered with another order than was sent: %s %s.", row.side, row.symbol)
            raise OutcomeUnknown(
                f"Alpaca answered with another order than was sent: {row.side} {row.symbol}. Look at it there.", raw=raw
            )
        return row

    async def _adopt(self, answer: HttpAnswer, intent: OrderIntent, asked: Asked) -> OrderRow:
        """The order that used our id before: the same request had arrived. Another one's id is a refusal."""
        raw = f"{answer.status} {answer.text}"
        try:
            row = await self._client.order_by_client_id(intent.client_order_id)
        except LegendError as error:
            raise OutcomeUnknown(
                f"Alpaca has an order with this id already and it could not be read. {error.message}", raw=raw
            ) from error
        if row is None:
            raise OutcomeUnknown("Alpaca has an order with this id already and does not show it.", raw=raw)
        if not same_order(row, intent.terms):
            raise refusal(read_error(answer), asked)
        return row

    # ---- changes --------------------------------------------------------------------------------------------------

    async def replace(self, order_id: str, successor: OrderIntent, on_sent: SentListener | None) -> OrderReport:
        """Change an order: what differs from its newest row is sent. The successor counts its own fills from zero."""
        current = await self._current(order_id, successor)
        body = replace_body(current, successor)
        lane = Lane.URGENT if successor.reduce_only else Lane.ORDER
        async with self._desk.sending(successor.terms, successor.client_order_id):
            try:
                answer = await self._client.replace(order_id, body, lane=lane, on_sent=_stamps([successor], on_sent))
            except RateLimited as error:
                raise _no_room(error) from error
            row = await self._changed(answer, order_id, successor)
            if not row.replaces:
                row.replaces = order_id
            _check_size(current, row, successor)
            self._desk.learn([row])
        return self._desk.report(row, raw=answer.text, terms=successor.terms)

    async def _current(self, order_id: str, successor: OrderIntent) -> OrderRow:
        """The order as it is. Prices and kind of an order id never change; its size may, beside a partner."""
        row = self._desk.known(order_id)
        if row is not None and not (is_complex(row) and row.qty != successor.terms.quantity):
            return row
        found = await self._client.order(order_id)
        if found is None:
            raise OrderRefused(
                "Alpaca has no such order.",
                advice="Look in Orders what became of it.",
                broker_words="order not found",
                code=RefusalReason.NOT_REPLACEABLE.value,
            )
        self._desk.learn([found])
        return self._desk.known(order_id) or found

    async def _changed(self, answer: HttpAnswer, order_id: str, successor: OrderIntent) -> OrderRow:
        if not is_duplicate(answer):
            return await self._taken(answer, successor, Asked.CHANGE)
        row = await self._adopt(answer, successor, Asked.CHANGE)
        if row.replaces not in {order_id, None, ""}:
            raise refusal(read_error(answer), Asked.CHANGE)
        return row

    # ---- cancels --------------------------------------------------------------------------------------------------

    async def cancel(self, order_id: str) -> None:
        """Ask for the end of an order. One whose cancel is under way counts as asked. Raises ``OrderRefused``."""
        answer = await self._client.cancel(order_id)
        if answer.ok:
            return
        error = write_error(answer, Asked.CANCEL, self._config.mode, self._config.api_key.reveal())
        if isinstance(error, OrderRefused) and answer.status == 422:
            rows = await self._with_legs(order_id)
            word = (rows[0].status if rows else None) or ""
            if word == "pending_cancel":
                return
            if word in _TOO_LATE:
                sentence, advice = _TOO_LATE[word]
                raise OrderRefused(sentence, broker_words=error.broker_words, advice=advice, code=error.code)
        raise error

    async def cancel_all(self) -> list[str]:
        """Ask for the end of everything open; returns what Alpaca took. Raises ``OutcomeUnknown`` and others."""
        answer = await self._client.cancel_all()
        if not answer.ok:
            raise write_error(answer, Asked.CANCEL, self._config.mode, self._config.api_key.reveal())
        try:
            rows = decode(answer.body or b"[]", list[BulkRow])
        except Unreadable as error:
            raise OutcomeUnknown(
                f"Alpaca was asked to cancel everything; its answer is {error}.", raw=f"{answer.status} {answer.text}"
            ) from error
        return [row.id for row in rows if row.id and row.status is not None and 200 <= row.status < 300]


def _stamps(intents: Sequence[OrderIntent], on_sent: SentListener | None) -> Callable[[int], None] | None:
    if on_sent is None:
        return None
    return partial(_tell_all, [row.client_order_id for row in intents], on_sent)


def _tell_all(client_ids: Sequence[str], on_sent: SentListener, mono_ns: int) -> None:
    for client_id in client_ids:
        on_sent(client_id, mono_ns)


def _is_echo(row: OrderRow, terms: OrderTerms) -> bool:
    """True where the answer is for the symbol and side that were sent, as far as it names them."""
    return (row.symbol or terms.symbol).upper() == terms.symbol.upper() and (
        side_of(row.side, row.position_intent) in {None, terms.side}
    )


def _check_size(before: OrderRow, after: OrderRow, successor: OrderIntent) -> None:
    """Say so where the successor of a partly filled order would trade more than is left of the total."""
    filled, works_for = number(before.filled_qty) or ZERO, number(after.qty)
    total = successor.terms.quantity
    if filled > 0 and works_for is not None and works_for > total - filled:
        log.warning(
            "Order %s was to trade %s in all, %s of them are filled, and its change works for %s.",
            before.id,
            total,
            filled,
            works_for,
        )


def _no_room(error: RateLimited) -> OrderRefused:
    return OrderRefused(
        error.message, broker_words=error.message, advice="Wait a few seconds, then send it again.", code="rate_limited"
    )
