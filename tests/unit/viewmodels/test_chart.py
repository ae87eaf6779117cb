"""The chart's view-model: bars from history and trades, lines of draft, orders and position, moving them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.errors import BrokerDown, OrderRefused
from legend_desktop.domain.enums import BrokerType, ConnectionState, OrderRole, OrderSide, OrderType
from legend_desktop.domain.errors import ConfirmationNeeded, InvalidInput
from legend_desktop.domain.events import ConnectionChanged, PositionsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.quotes import Bar
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.services.task_supervisor import TaskSupervisor
from legend_desktop.viewmodels.chart_facts import BAR_LENGTHS, bar_time
from legend_desktop.viewmodels.chart_lines import LineKind, Tone, short_money
from legend_desktop.viewmodels.chart_series import MOST_BARS, BarSeries
from tests.fakes.clock import settle
from tests.unit.viewmodels.builders import NOON, execution, intent, later, plan, position
from tests.unit.viewmodels.chart_world import ChartWorld, bar, minutes

pytestmark = pytest.mark.usefixtures("qapp")
BUY, SELL = OrderSide.BUY, OrderSide.SELL
STOP, LIMIT = OrderType.STOP, OrderType.LIMIT


@pytest.fixture
def world() -> Iterator[ChartWorld]:
    made = ChartWorld()
    yield made
    made.close()


@pytest.fixture
def chart(world: ChartWorld) -> ChartWorld:
    world.model.activate()
    world.model.flush()
    return world


# ---- bars -----------------------------------------------------------------------------------------------------------


def test_nothing_is_loaded_before_somebody_looks(world: ChartWorld) -> None:
    world.focus.set_symbol("MSFT")
    world.trade("175.60")
    assert world.bars.asked == []
    assert world.model.series.bars == []
    world.model.activate()
    assert world.bars.asked == [("MSFT", 60)]


def test_trades_go_into_the_live_bar_and_begin_the_next(chart: ChartWorld) -> None:
    series = chart.model.series
    assert len(series.bars) == 80
    closing = series.bars[-1]
    volume = closing.volume
    chart.trade("176.00")  # the first one only tells where the day's volume stands
    chart.trade("176.10", 30)
    chart.trade("175.20", 20)
    assert (closing.high, closing.low, closing.close) == (176.10, min(closing.low, 175.20), 175.20)
    assert closing.volume == volume + 50
    revision = series.revision
    chart.wait(60)
    chart.trade("175.30", 40)
    assert len(series.bars) == 81
    assert series.revision == revision + 1
    assert series.bars[-1].start == closing.start + 60
    assert (series.bars[-1].open, series.bars[-1].volume) == (175.30, 40)


def test_a_quote_without_a_trade_changes_no_bar(chart: ChartWorld) -> None:
    chart.trade("176.00")
    bars = len(chart.model.series.bars)
    before = chart.model.series.bars[-1].volume
    chart.wait(120)
    chart.trade("176.00", 0)
    assert len(chart.model.series.bars) == bars
    assert chart.model.series.bars[-1].volume == before


def test_without_the_days_volume_a_new_price_counts_as_a_trade(chart: ChartWorld) -> None:
    live = chart.model.series.bars[-1]
    chart.trade("176.00", counted=False)
    before = live.volume
    chart.trade("176.00", 25, counted=False)
    assert live.volume == before
    chart.trade("176.01", 25, counted=False)
    assert live.volume == before + 25


def test_other_symbols_are_not_looked_at(chart: ChartWorld) -> None:
    changes: list[int] = []
    chart.model.changed.connect(lambda: changes.append(1))
    live = chart.model.series.bars[-1]
    before = (live.close, live.volume)
    for _ in range(50):
        chart.trade("88.00", symbol="KO")
    chart.model._coalescer.run_now()
    assert changes == []
    assert (live.close, live.volume) == before


def test_many_trades_are_one_repaint(chart: ChartWorld) -> None:
    changes: list[int] = []
    chart.model.changed.connect(lambda: changes.append(1))
    for cent in range(500):
        chart.trade(f"{176 + cent / 100:.2f}")
    chart.model._coalescer.run_now()
    assert changes == [1]
    assert chart.model.series.bars[-1].high == 180.99


def test_new_bars_keep_the_rhythm_of_the_broker() -> None:
    """A broker whose hours begin at half past keeps them."""
    series = BarSeries(3600)
    series.load([bar(datetime(2026, 11, 23, 14, 30, tzinfo=UTC), "1 2 1 2")])
    series.trade(datetime(2026, 11, 23, 17, 12, tzinfo=UTC), 3.0, 10)
    assert [row.start % 3600 for row in series.bars] == [1800, 1800]
    assert series.bars[-1].at == datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def test_the_average_price_begins_anew_at_half_past_nine() -> None:
    opening = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    rows = [bar(opening - timedelta(minutes=2 - index), f"{p} {p} {p} {p}", 100) for index, p in enumerate((10, 20))]
    rows += [bar(opening + timedelta(minutes=index), f"{p} {p} {p} {p}", 100) for index, p in enumerate((50, 60))]
    series = BarSeries(60)
    series.load(rows)
    assert series.vwaps == [10, 15, 50, 55]
    series.trade(opening + timedelta(minutes=1, seconds=5), 70.0, 200)
    assert series.vwaps[-1] == pytest.approx((50 * 100 + 60 * 100 + 70 * 200) / 400)
    assert not BarSeries(86_400).has_vwap


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 500), st.integers(0, 50)), min_size=1, max_size=80))
def test_every_trade_is_in_exactly_one_bar(trades: list[tuple[int, int, int]]) -> None:
    series = BarSeries(5)
    at = NOON
    for seconds, price, shares in trades:
        at += timedelta(seconds=seconds / 10)
        series.trade(at, price / 100, shares)
    assert sum(row.volume for row in series.bars) == sum(shares for _, _, shares in trades)
    prices = [price / 100 for _, price, _ in trades]
    assert max(row.high for row in series.bars) == max(prices)
    assert min(row.low for row in series.bars) == min(prices)
    starts = [row.start for row in series.bars]
    assert starts == sorted(set(starts))
    assert all(row.low <= min(row.open, row.close) and max(row.open, row.close) <= row.high for row in series.bars)


def test_an_index_means_the_same_bar_after_old_ones_went() -> None:
    series = BarSeries(5)
    for number in range(MOST_BARS + MOST_BARS // 5):
        series.trade(NOON + timedelta(seconds=5 * number), 10.0, 1)
    assert series.base > 0
    assert len(series.bars) <= MOST_BARS * 1.1 + 1
    wanted = NOON + timedelta(seconds=5 * (MOST_BARS + 7))
    index = series.index_at(wanted)
    assert index == MOST_BARS + 7
    assert series.bar(index) is not None
    assert series.start_of(index) <= wanted.timestamp() < series.start_of(index + 1)


def test_bar_lengths(chart: ChartWorld) -> None:
    assert [row.code for row in BAR_LENGTHS] == ["5s", "1m", "5m", "15m", "1h", "1d"]
    chart.model.set_bars("5M")
    assert chart.bars.asked[-1] == ("AAPL", 300)
    chart.model.set_bar_index(0)
    assert chart.bars.asked[-1] == ("AAPL", 5)
    asked = len(chart.bars.asked)
    chart.model.set_bar_index(0)
    chart.model.set_bar_index(6)
    assert len(chart.bars.asked) == asked
    with pytest.raises(InvalidInput, match="no bars of '3m'"):
        chart.model.set_bars("3m")


# ---- loading --------------------------------------------------------------------------------------------------------


def test_bars_that_cannot_be_loaded_are_said_and_fetched_when_the_line_is_back(world: ChartWorld) -> None:
    world.bars.trouble = BrokerDown("The broker cannot be reached.")
    world.model.activate()
    assert "The broker cannot be reached." in world.model.message
    world.trade("175.60")
    world.trade("175.70")
    assert [row.close for row in world.model.series.bars] == [175.70]
    world.bars.trouble = None
    world.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, ConnectionState.CONNECTED, NOON))
    assert len(world.model.series.bars) == 80
    assert world.model.message == ""


def test_what_happened_while_the_line_was_lost_is_loaded_once(chart: ChartWorld) -> None:
    asked = len(chart.bars.asked)
    for state in (
        ConnectionState.CONNECTED,
        ConnectionState.LOST,
        ConnectionState.CONNECTED,
        ConnectionState.CONNECTED,
    ):
        chart.bus.publish(ConnectionChanged(BrokerType.SIMULATOR, state, NOON))
    assert len(chart.bars.asked) == asked + 1


async def test_a_late_answer_for_another_symbol_is_dropped() -> None:
    gates: dict[str, asyncio.Future[list[Bar]]] = {}

    async def source(symbol: str, seconds: int, limit: int) -> list[Bar]:
        gates[symbol] = asyncio.get_running_loop().create_future()
        return await gates[symbol]

    world = ChartWorld(TaskSupervisor(), source)
    world.model.activate()
    await settle()
    world.focus.set_symbol("MSFT")
    await settle()
    gates["MSFT"].set_result(minutes(3, first_price=400.0))
    await settle()
    gates["AAPL"].set_result(minutes(9))
    await settle()
    assert len(world.model.series.bars) == 3
    world.close()


# ---- headline and age -----------------------------------------------------------------------------------------------


def test_the_change_is_against_the_previous_close(chart: ChartWorld) -> None:
    head = chart.model.head
    assert (head.symbol, head.last, head.change) == ("AAPL", Decimal("175.51"), Decimal("1.89"))
    assert head.change_percent is not None
    assert round(head.change_percent, 2) == Decimal("1.09")
    assert head.age_seconds is None


def test_a_price_is_old_after_three_seconds(chart: ChartWorld) -> None:
    chart.wait(3)
    chart.model.flush()
    assert (chart.model.head.age_seconds, chart.model.silence) == (None, "")
    chart.wait(26)
    chart.model.tick()
    chart.model._coalescer.run_now()
    assert chart.model.head.age_seconds == 29
    assert chart.model.silence == "no data since 10:42:17"
    chart.trade("175.60")
    chart.model.flush()
    assert chart.model.silence == ""


def test_a_halt_is_named(chart: ChartWorld) -> None:
    chart.trade("175.60", halted=True)
    chart.model.flush()
    assert chart.model.silence == "halted"
    chart.wait(10)
    chart.model.flush()
    assert chart.model.silence == "halted, last price 10:42:17"


# ---- lines ----------------------------------------------------------------------------------------------------------


def draft(chart: ChartWorld) -> None:
    chart.entry.set_text("stop", "173.75")
    chart.entry.set_text("target", "179.20")


def test_the_draft_of_the_picture(chart: ChartWorld) -> None:
    draft(chart)
    assert chart.words() == {
        "draft.entry": "Draft: buy 116 market",
        "draft.stop": "Stop 173.75, −1.00 R, −$205",
        "draft.target": "Target 179.20, +2.08 R, +$427",
    }
    tones = {line.key: (line.tone, line.kind, line.movable) for line in chart.model.lines}
    assert tones["draft.entry"] == (Tone.INK, LineKind.DRAFT, False)
    assert tones["draft.stop"] == (Tone.SELL, LineKind.DRAFT, True)
    assert tones["draft.target"] == (Tone.QUIET, LineKind.DRAFT, True)


def test_a_draft_for_another_symbol_is_not_on_the_chart(chart: ChartWorld) -> None:
    draft(chart)
    chart.entry.form = type(chart.entry.form)(symbol="MSFT", stop="1", target="2")
    assert chart.words() == {}


def test_a_limit_without_a_stop_is_a_line_without_a_size(chart: ChartWorld) -> None:
    chart.model.prefill(BUY, LIMIT, 174.9)
    assert chart.entry.form.price == "174.90"
    assert chart.words() == {"draft.entry": "Draft: buy limit"}
    line = chart.model.line("draft.entry")
    assert line is not None
    assert (line.tone, line.movable, line.at_right) == (Tone.BUY, True, False)


def nvda_like(chart: ChartWorld) -> None:
    """200 bought, 100 sold, 100 held at 181.63 with its stop and its target working."""
    entry = intent("e1", quantity="200", plan=plan("181.63", "179.41"), at=later(-600))
    chart.working(entry)
    chart.fill(execution("x1", order="e1", quantity="200", price="181.63", at=later(-600)))
    chart.working(intent("c1", side=SELL, quantity="100", role=OrderRole.EXIT, at=later(-300)))
    chart.fill(execution("x2", order="c1", side=SELL, quantity="100", price="184.00", at=later(-300)))
    stop = intent("s1", side=SELL, kind=STOP, stop="182.40", quantity="100", role=OrderRole.STOP, parent="e1")
    chart.working(stop)
    chart.working(intent("t1", side=SELL, kind=LIMIT, limit="187.40", quantity="100", role=OrderRole.TARGET,
                         parent="e1"))  # fmt: skip
    chart.bus.publish(PositionsChanged((position("AAPL", "100", "181.63", "184.62"),), NOON))
    chart.trade("184.62")


def test_orders_and_position_of_the_picture(chart: ChartWorld) -> None:
    nvda_like(chart)
    assert chart.words() == {
        "order.s1": "Stop: sell 100, locks +$77",
        "order.t1": "Target: sell 100 limit, +$577",
        "position": "Position 100 at 181.63, +1.35 R",
    }
    draft(chart)
    words = chart.words()
    assert words["draft.stop"] == "Draft stop, −1.00 R, −$205"
    assert words["draft.target"] == "Draft target, +2.08 R, +$427"


def test_hiding_own_orders_leaves_the_draft(chart: ChartWorld) -> None:
    nvda_like(chart)
    draft(chart)
    chart.model.toggle_orders()
    assert set(chart.words()) == {"draft.entry", "draft.stop", "draft.target"}
    chart.model.toggle_orders()
    assert "position" in chart.words()


def test_an_old_price_says_nothing_about_the_position(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.wait(4)
    assert chart.words()["position"] == "Position 100 at 181.63"


def test_a_position_without_a_planned_stop_shows_money(chart: ChartWorld) -> None:
    chart.bus.publish(PositionsChanged((position("AAPL", "-60", "176.00", "175.51"),), NOON))
    assert chart.words() == {"position": "Position 60 short at 176.00, +$29"}


def test_fills_stand_at_their_bars(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.fill(execution("x3", order="c1", side=SELL, quantity="0.5", price="184.00", at=later(-290)))
    chart.model.flush()
    series = chart.model.series
    marks = [(mark.side, mark.shares, series.index_at(later(-600)) == mark.index) for mark in chart.model.fills]
    assert marks == [(BUY, Decimal(200), True), (SELL, Decimal("100.5"), False)]


def test_nobody_knows_the_unknown_order(chart: ChartWorld) -> None:
    chart.create(intent("u1", quantity="126", plan=plan("175.52")))
    chart.happen("u1", OrderEventKind.SENT)
    assert chart.words() == {"order.u1": "Sending: buy 126 market"}
    chart.create(intent("u2", side=SELL, kind=STOP, stop="173.75", quantity="126", role=OrderRole.STOP, parent="u1"))
    chart.happen("u1", OrderEventKind.AMBIGUOUS)
    assert chart.words() == {"order.u1": "Unknown: buy 126 market", "order.u2": "Its stop, only if it was filled"}
    assert {(line.kind, line.tone, line.movable) for line in chart.model.lines} == {
        (LineKind.UNKNOWN, Tone.UNKNOWN, False)
    }
    assert chart.model.lines[0].price == Decimal("175.52")


def test_exits_wait_for_their_entry(chart: ChartWorld) -> None:
    chart.working(intent("e1", kind=LIMIT, limit="174.00", quantity="60"))
    chart.working(intent("s1", side=SELL, kind=STOP, stop="173.00", quantity="60", role=OrderRole.STOP, parent="e1"))
    assert chart.words() == {
        "order.e1": "Entry: buy 60 limit",
        "order.s1": "Stop: sell 60, waits for its entry",
    }
    chart.fill(execution("x1", order="e1", quantity="25", price="174.00"))
    chart.bus.publish(PositionsChanged((position("AAPL", "25", "174.00", "175.51"),), NOON))
    words = chart.words()
    assert words["order.e1"] == "Entry: buy 35 of 60 limit"
    assert words["order.s1"] == "Stop: sell 60, risks −$25"


def test_short_money() -> None:
    assert [short_money(Decimal(text)) for text in ("-205.32", "426.88", "-3.5", "1205")] == [
        "−$205", "+$427", "−$3.50", "+$1,205",
    ]  # fmt: skip


# ---- moving ---------------------------------------------------------------------------------------------------------


def replaced(chart: ChartWorld) -> list[tuple[str, Decimal | None, Decimal | None]]:
    return [(row["key"], row["limit"], row["stop"]) for name, row in chart.trading.calls if name == "replace_order"]


def test_a_locked_drag_puts_the_line_back_and_says_why(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.model.flush()
    chart.model.move_to("order.s1", 182.6049)
    assert chart.words()["order.s1"] == "Stop: sell 100 to 182.60, locks +$97, not sent yet"
    line = chart.model.line("order.s1")
    assert line is not None
    assert (line.price, line.moved_from) == (Decimal("182.60"), Decimal("182.40"))
    chart.model.release("order.s1")
    assert replaced(chart) == []
    assert chart.said == [
        "This would move the AAPL stop to 182.60, but keys are locked. Arm them with Ctrl+Shift+A. Nothing was changed."
    ]
    assert chart.words()["order.s1"] == "Stop: sell 100, locks +$77"


def test_an_armed_drag_is_sent(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.arming.toggle()
    chart.wait(100)
    chart.model.flush()
    chart.model.move_to("order.s1", 182.60)
    chart.model.release("order.s1")
    chart.model.move_to("order.t1", 188)
    chart.model.release("order.t1")
    assert replaced(chart) == [("s1", None, Decimal("182.60")), ("t1", Decimal("188.00"), None)]
    assert chart.arming.remaining == timedelta(minutes=20)
    assert chart.said == []


def test_a_stop_limit_moves_as_a_whole(chart: ChartWorld) -> None:
    order = intent("l1", side=SELL, kind=OrderType.STOP_LIMIT, stop="174.00", limit="173.80")
    chart.working(order)
    chart.arming.toggle()
    chart.model.flush()
    chart.model.move_to("order.l1", 174.50)
    chart.model.release("order.l1")
    assert replaced(chart) == [("l1", Decimal("174.30"), Decimal("174.50"))]


def test_a_refused_drag_puts_the_line_back(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.arming.toggle()
    chart.model.flush()
    chart.trading.trouble = OrderRefused("The broker refused the change.", advice="Nothing was changed.")
    chart.model.move_to("order.s1", 182.60)
    chart.model.release("order.s1")
    assert chart.said == ["The broker refused the change. Nothing was changed."]
    assert chart.words()["order.s1"] == "Stop: sell 100, locks +$77"


def far_away() -> ConfirmationNeeded:
    verdict = Verdict("price_collar", "Price", Outcome.CONFIRM, "182.60 is 4.0 % away. Check the price, or confirm.")
    return ConfirmationNeeded(verdict.sentence, verdicts=(verdict,))


def test_a_drag_that_asks_waits_on_the_chart_for_a_second_press(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.arming.toggle()
    chart.model.flush()
    chart.trading.trouble = far_away()
    chart.model.move_to("order.s1", 182.60)
    chart.model.release("order.s1")
    asked = (
        "182.60 is 4.0 % away. Check the price, or confirm. "
        "Press Enter once more within 3 s to send the change, Esc to leave the order where it is."
    )
    assert chart.said == [asked]
    assert chart.words()["order.s1"] == "Stop: sell 100 to 182.60, locks +$97, not sent yet"
    chart.model.release("order.s1")
    assert len(replaced(chart)) == 1, "a double press is one press"
    assert chart.said == [asked, asked]
    chart.wait(0.5)
    chart.model.release("order.s1")
    assert [what.get("confirmed") for _, what in chart.trading.calls] == [None, {"price_collar"}]
    assert chart.words()["order.s1"] == "Stop: sell 100, locks +$77"


def test_a_drag_that_asks_is_accepted_for_its_own_price_and_for_three_seconds(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.arming.toggle()
    chart.model.flush()
    chart.trading.trouble = far_away()
    chart.model.move_to("order.s1", 182.60)
    chart.model.release("order.s1")
    chart.wait(1)
    chart.trading.trouble = far_away()
    chart.model.move_to("order.s1", 182.70)
    chart.model.release("order.s1")
    chart.wait(4)
    chart.trading.trouble = far_away()
    chart.model.release("order.s1")
    assert [what.get("confirmed") for _, what in chart.trading.calls] == [None] * 3
    chart.model.put_back()
    chart.wait(1)
    chart.model.release("order.s1")
    assert len(replaced(chart)) == 3
    assert chart.words()["order.s1"] == "Stop: sell 100, locks +$77"


def test_rehearsal_and_a_standstill_send_nothing(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.arming.toggle()
    chart.model.flush()
    chart.rehearsal.set_on(True)
    chart.model.move_to("order.s1", 182.60)
    chart.model.release("order.s1")
    chart.rehearsal.end()
    chart.arming.note_stall(6)
    chart.model.move_to("order.s1", 182.70)
    chart.model.release("order.s1")
    assert replaced(chart) == []
    assert chart.said[0].startswith("Rehearsal: this would move the AAPL stop to 182.60.")
    assert "stood still" in chart.said[1]


def test_put_back_and_no_change_send_nothing(chart: ChartWorld) -> None:
    nvda_like(chart)
    chart.arming.toggle()
    chart.model.flush()
    chart.model.move_to("order.s1", 182.60)
    chart.model.put_back()
    chart.model.release("order.s1")
    chart.model.move_to("order.s1", 182.40)
    chart.model.release("order.s1")
    assert replaced(chart) == []
    assert chart.said == []


async def test_while_a_change_is_on_its_way_the_line_cannot_be_moved() -> None:
    world = ChartWorld(TaskSupervisor())
    world.model.activate()
    nvda_like(world)
    world.arming.toggle()
    await settle()
    world.model.flush()
    world.model.move_to("order.s1", 182.60)
    world.model.release("order.s1")
    line = world.model.line("order.s1")
    assert line is not None
    assert not line.movable
    assert line.words.endswith("change sent")
    await settle()
    assert world.words()["order.s1"] == "Stop: sell 100, locks +$77"
    world.close()


def test_dragging_a_draft_line_types_into_the_field(chart: ChartWorld) -> None:
    draft(chart)
    chart.model.flush()
    chart.model.move_to("draft.stop", 174.0)
    assert chart.entry.form.stop == "174.00"
    assert chart.words()["draft.stop"] == "Stop 174.00, −1.00 R, −$176"
    chart.model.put_back()
    assert chart.entry.form.stop == "173.75"
    chart.model.move_to("draft.stop", 174.0)
    chart.model.release("draft.stop")
    chart.model.put_back()
    assert chart.entry.form.stop == "174.00"
    assert replaced(chart) == []


def test_a_bracket_is_a_buy_with_the_stop_below_and_a_sell_with_it_above(chart: ChartWorld) -> None:
    chart.entry.set_text("target", "2R")
    chart.model.draw_bracket(175.00, 174.20)
    form = chart.entry.form
    assert (form.side, form.order_type, form.price, form.stop, form.target) == (BUY, LIMIT, "175.00", "174.20", "2R")
    chart.model.draw_bracket(175.00, 175.90)
    form = chart.entry.form
    assert (form.side, form.order_type, form.trigger, form.stop) == (SELL, STOP, "175.00", "175.90")
    assert form.target == ""
    chart.model.end_bracket(keep=False)
    form = chart.entry.form
    assert (form.side, form.order_type, form.stop, form.target) == (BUY, OrderType.MARKET, "", "2R")


def test_a_bracket_above_the_market_waits_as_a_stop(chart: ChartWorld) -> None:
    chart.model.draw_bracket(176.00, 175.10)
    form = chart.entry.form
    assert (form.side, form.order_type, form.trigger) == (BUY, STOP, "176.00")
    chart.model.end_bracket(keep=True)
    chart.model.put_back()
    assert chart.entry.form.trigger == "176.00"


def test_which_orders_wait_at_a_price(chart: ChartWorld) -> None:
    waiting = [(side, kind) for side in (BUY, SELL) for kind in (LIMIT, STOP)
               if chart.model.waits(side, kind, Decimal("174.00"))]  # fmt: skip
    assert waiting == [(BUY, LIMIT), (SELL, STOP)]


# ---- words ----------------------------------------------------------------------------------------------------------


def test_the_picture_in_one_sentence(chart: ChartWorld) -> None:
    draft(chart)
    chart.model.flush()
    series = chart.model.series
    sentence = chart.model.sentence(series.end - 71, series.end)
    assert sentence.startswith("AAPL, 1 minute, 09:31 to 10:42, from ")
    assert "; draft: buy 116 market at 175.52; stop 173.75, −1.00 R, −$205; target 179.20" in sentence
    chart.wait(29)
    chart.model.flush()
    assert "price 29 seconds old" in chart.model.sentence(series.base, series.end)


def test_the_table_has_every_bar(chart: ChartWorld) -> None:
    rows = chart.model.rows()
    assert len(rows) == 80
    assert rows[-1].time == "23 Nov 10:42"
    assert chart.model.newest_row() == rows[-1]
    assert bar_time(rows[-1].start, 86_400) == "23 Nov"
    assert bar_time(rows[-1].start, 5, short=True) == "10:42:00"
