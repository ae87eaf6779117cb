"""Closing the window: what it asks, and that only a clear answer ends the program or touches an order."""

import pytest

from legend_desktop.domain.enums import OrderSide, TradingMode
from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.viewmodels.closing import ClosingViewModel
from tests.fakes.clock import settle
from tests.unit.viewmodels.builders import intent
from tests.unit.viewmodels.trading_fake import World


class Closing:
    """The question over a world, with everything it said."""

    def __init__(self, world: World, *bare: str) -> None:
        self.world = world
        self.model = ClosingViewModel(world.runner, lambda: bare)
        self.said: list[str] = []
        self.model.asked.connect(lambda: self.said.append("asked"))
        self.model.answered.connect(lambda: self.said.append("answered"))
        self.model.ended.connect(lambda _: self.said.append("ended"))


def with_stop(mode: TradingMode = TradingMode.PAPER) -> World:
    world = World(mode)
    world.hold("AAPL", "100", "175")
    world.work("AAPL", OrderSide.BUY, "116", "174.50", "entry")
    world.protect("AAPL", OrderSide.SELL, "100", "173.75")
    return world


def test_with_nothing_open_it_ends_without_a_question() -> None:
    closing = Closing(World())
    closing.model.want()
    assert closing.said == ["answered", "ended"]


def test_it_names_what_rests_and_what_the_simulator_does() -> None:
    closing = Closing(with_stop())
    closing.model.want()
    assert closing.said == ["asked"]
    question = closing.model.question()
    assert question.title == "2 orders are working."
    assert question.rows == ("Sell 100 AAPL when 173.75 trades", "Buy 116 AAPL at 174.50")
    assert question.meaning.startswith("The simulator trades only while Legend runs.")
    assert (question.leave, question.cancel) == ("Leave orders working", "Cancel 2, then close")
    assert question.warning == "1 of them is a stop: without it its shares have none."


def test_a_broker_goes_on_without_this_computer() -> None:
    world = with_stop(TradingMode.LIVE)
    meaning = Closing(world, "200 KO shares have no stop").model.question().meaning
    assert meaning == (
        "They rest at Alpaca and work there without this computer. "
        "Nobody watches shares without a stop while Legend is closed."
    )


def test_shares_without_a_stop_ask_as_well() -> None:
    closing = Closing(World(), "200 KO shares have no stop, $13,862.00 at risk to zero")
    closing.model.want()
    question = closing.model.question()
    assert closing.said == ["asked"]
    assert question.title == "1 position has no stop."
    assert question.rows == ("200 KO shares have no stop, $13,862.00 at risk to zero.",)
    assert (question.leave, question.cancel) == ("Close the window", "")


def test_an_unknown_order_is_called_unknown() -> None:
    world = with_stop(TradingMode.LIVE)
    world.desk.create(intent("lost", symbol="AAPL", side=OrderSide.BUY, quantity="126"))
    world.desk.happen("lost", OrderEventKind.SENT)
    world.desk.happen("lost", OrderEventKind.AMBIGUOUS)
    question = Closing(world).model.question()
    assert question.title == "3 orders are working, 1 of them unknown."
    assert "What is unknown is asked for at the next start." in question.meaning


def test_a_long_list_is_cut() -> None:
    world = World()
    for number in range(7):
        world.work("AAPL", OrderSide.BUY, "10", f"17{number}", f"o{number}")
    rows = Closing(world).model.question().rows
    assert rows == ("Buy 10 AAPL at 176.00", "Buy 10 AAPL at 175.00", "Buy 10 AAPL at 174.00", "and 4 more")


@pytest.mark.parametrize(("verb", "said"), [("leave", ["answered", "ended"]), ("stay", ["answered"])])
async def test_leaving_and_staying_send_nothing(verb: str, said: list[str]) -> None:
    closing = Closing(with_stop())
    getattr(closing.model, verb)()
    await settle()
    assert closing.said == said
    assert closing.world.trading.calls == []


async def test_cancelling_ends_only_once_nothing_works_any_more() -> None:
    closing = Closing(with_stop())
    closing.model.cancel()
    closing.model.cancel()
    assert closing.model.cancelling
    await settle()
    assert closing.world.trading.names() == ["cancel_all"]
    assert closing.said == []  # the recording service confirms, but the orders still work
    assert (closing.model.cancelling, closing.model.progress) == (False, "Cancel: 2 of 2 confirmed.")
    for key in ("entry", "stop1"):
        closing.world.desk.happen(key, OrderEventKind.CANCELED)
    closing.world.work("AAPL", OrderSide.BUY, "5", "174", "late")
    closing.model.cancel()
    closing.world.desk.happen("late", OrderEventKind.CANCELED)
    await settle()
    assert closing.said == ["answered", "ended"]


async def test_staying_while_cancels_are_on_their_way_does_not_close() -> None:
    closing = Closing(with_stop())
    closing.model.cancel()
    closing.model.stay()
    for key in ("entry", "stop1"):
        closing.world.desk.happen(key, OrderEventKind.CANCELED)
    await settle()
    assert closing.world.trading.names() == ["cancel_all"]
    assert closing.said == ["answered"]


async def test_a_refused_cancel_is_said_and_nothing_closes() -> None:
    closing = Closing(with_stop())
    closing.world.trading.trouble = LegendError("Alpaca does not answer.")
    closing.model.cancel()
    await settle()
    assert closing.said == []
    assert closing.model.progress == "Alpaca does not answer."
    closing.world.router.rehearsal.toggle()
    closing.model.cancel()
    assert closing.model.progress == "Rehearsal: nothing was sent."
    assert not closing.model.cancelling
