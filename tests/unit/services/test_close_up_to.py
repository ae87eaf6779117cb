"""Closing more shares than are held closes what is held, and says so."""

import pytest

from legend_desktop.domain.enums import OrderSide, OrderState
from legend_desktop.domain.errors import OrderDenied
from tests.faults.world import SELL, a_world


async def test_more_than_is_held_is_cut_to_what_is_held_and_told() -> None:
    async with a_world() as world:
        await world.enter(100)
        order = await world.do(world.trading.close_position("AAPL", quantity=300))
        await world.breathe()
        assert (int(order.quantity), world.state(order)) == (100, (OrderState.FILLED, 100))
        assert world.held() == 0
        assert "AAPL: you hold 100, 300 is more than that. 100 are closed." in world.notices()
        assert not world.context.book.open_orders()


async def test_a_short_is_bought_back_up_to_what_is_short() -> None:
    async with a_world() as world:
        await world.place(50, SELL)
        order = await world.do(world.trading.close_position("AAPL", quantity=51))
        await world.breathe()
        assert (order.side, world.state(order)) == (OrderSide.BUY, (OrderState.FILLED, 50))
        assert world.held() == 0


async def test_a_part_is_closed_without_a_word() -> None:
    async with a_world() as world:
        await world.place(100)
        await world.do(world.trading.close_position("AAPL", quantity=100))
        assert not any("more than that" in words for words in world.notices())


@pytest.mark.parametrize("quantity", [0, -5])
async def test_nothing_or_less_is_refused(quantity: int) -> None:
    async with a_world() as world:
        await world.place(100)
        with pytest.raises(OrderDenied, match="cannot be closed"):
            await world.do(world.trading.close_position("AAPL", quantity=quantity))
        assert world.held() == 100
