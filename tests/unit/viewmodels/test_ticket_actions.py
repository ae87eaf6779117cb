"""The keys of Order entry by their ids."""

from decimal import Decimal

import pytest

from legend_desktop.domain.enums import OrderSide, OrderType, TimeInForce
from legend_desktop.viewmodels.action_router import ActionRouter, RehearsalCard
from legend_desktop.viewmodels.actions import Group, in_group
from legend_desktop.viewmodels.ticket_actions import register_ticket_actions
from tests.unit.viewmodels.entry_world import Entry, an_entry

D = Decimal


async def test_every_action_of_order_entry_has_its_handler() -> None:
    async with an_entry() as entry:
        for action in in_group(Group.TICKET):
            assert entry.router.has(action.id), action.id
        assert entry.router.has("focus.symbol")
        with pytest.raises(ValueError, match="has a handler already"):
            register_ticket_actions(entry.router, entry.model)


async def test_fields_by_key() -> None:
    async with an_entry() as entry:
        router, model = entry.router, entry.model
        for action_id, field, value in (
            ("ticket.side_sell", "side", OrderSide.SELL),
            ("ticket.side_buy", "side", OrderSide.BUY),
            ("ticket.type_limit", "order_type", OrderType.LIMIT),
            ("ticket.type_stop_limit", "order_type", OrderType.STOP_LIMIT),
            ("ticket.type_stop", "order_type", OrderType.STOP),
            ("ticket.type_market", "order_type", OrderType.MARKET),
            ("ticket.risk_up", "risk", "0.50"),
            ("ticket.risk_down", "risk", "0.20"),
            ("ticket.price_mid", "price", "175.51"),
            ("ticket.price_bid", "price", "175.50"),
            ("ticket.price_ask", "price", "175.52"),
            ("ticket.type_trailing", "by_quantity", True),
            ("ticket.toggle_bracket", "with_exits", False),
            ("ticket.next_time_in_force", "time_in_force", TimeInForce.GTC),
        ):
            assert router.trigger(action_id), action_id
            assert getattr(model.form, field) == value, action_id


async def test_what_only_the_ticket_has_does_nothing_in_quick_entry() -> None:
    async with an_entry() as entry:
        assert not entry.router.trigger("ticket.toggle_bracket")
        assert not entry.router.trigger("ticket.next_time_in_force")
        assert entry.model.form.time_in_force is TimeInForce.DAY


async def test_fixes_by_key() -> None:
    async with an_entry() as entry:
        assert not entry.router.trigger("ticket.apply_fix_1")
        entry.draft(stop="176.20", target="")
        assert entry.router.trigger("ticket.apply_fix_2")
        assert entry.model.form.side is OrderSide.SELL


async def send(entry: Entry) -> bool:
    await entry.world.fresh()
    sent = entry.router.trigger("ticket.send")
    await entry.world.breathe()
    return sent


async def test_send_goes_once_and_says_why_it_does_not() -> None:
    async with an_entry() as entry:
        assert not await send(entry)
        assert entry.refusals == ["There is no order to send yet. Type a stop, or a share count in the ticket."]
        entry.draft(stop="176.20")
        assert not await send(entry)
        assert entry.refusals[-1].startswith("The stop is above the entry.")
        entry.draft()
        assert await send(entry)
        assert await send(entry)  # lands on the order that is shown, and does nothing
        assert entry.world.faults.calls("place_bracket_order") == 1
        assert len(entry.refusals) == 2


async def test_a_check_that_asks_is_no_refusal_of_the_key() -> None:
    async with an_entry() as entry:
        entry.draft(stop="175.51", target="")
        assert await send(entry)
        assert entry.refusals == []
        assert entry.world.orders == []
        await entry.world.clock.advance(0.7)
        assert await send(entry)
        assert entry.world.orders


async def test_rehearsal_shows_the_order_and_sends_nothing() -> None:
    async with an_entry() as entry:
        cards: list[RehearsalCard] = []
        entry.router.rehearsed.connect(cards.append)
        entry.router.rehearsal.toggle()
        entry.draft()
        assert not await send(entry)
        assert entry.world.orders == []
        [card] = cards
        assert card.preview.title == "Buy 111 AAPL at market"
        assert card.preview.sentence == "Paper, Simulator."
        assert len(card.preview.verdicts) == 22
        entry.model.clear()
        assert not await send(entry)
        assert cards[-1].preview.title == "Send nothing yet"


async def test_field_keys_leave_a_shown_order_alone() -> None:
    async with an_entry() as entry:
        entry.draft()
        await send(entry)
        assert entry.state == "done"
        assert not entry.router.trigger("ticket.side_sell")
        assert not entry.router.trigger("ticket.risk_up")
        assert entry.state == "done"
        await entry.pass_guard()
        assert entry.router.trigger("ticket.clear")
        assert entry.state == "empty"


async def test_the_symbol_key_brings_the_panel_up_first() -> None:
    async with an_entry() as entry:
        calls: list[str] = []
        router = ActionRouter()
        router.register("panel.order_entry", lambda: calls.append("panel"))
        register_ticket_actions(router, entry.model)
        entry.model.symbol_wanted.connect(lambda: calls.append("symbol"))
        router.trigger("focus.symbol")
        assert calls == ["panel", "symbol"]
