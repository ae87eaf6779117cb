"""The Chart panel: what is drawn where, and what mouse and keys do to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import OrderRole, OrderSide, OrderType
from legend_desktop.domain.errors import ConfirmationNeeded
from legend_desktop.domain.events import PositionsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.chart_lines import ChartLine, LineKind, Tone
from legend_desktop.viewmodels.chart_series import ChartBar
from legend_desktop.views.density import DensityName
from legend_desktop.views.panels.chart import ChartPanel
from legend_desktop.views.panels.chart_axes import price_places, price_ticks, time_ticks
from legend_desktop.views.panels.chart_scale import Scale, fitted, spread_apart, steady
from legend_desktop.views.panels.chart_state import TAG_INSET, Sizes, place_lines
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.builders import NOON, execution, intent, later, plan, position
from tests.unit.viewmodels.chart_world import ChartWorld

BUY, SELL = OrderSide.BUY, OrderSide.SELL
KEY = Qt.Key
NO_KEY = Qt.KeyboardModifier.NoModifier


class World(ChartWorld):
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK, width: int = 840, height: int = 444) -> None:
        super().__init__()
        self.theme = make_theme(scheme)
        self.panel = ChartPanel(self.model, self.theme)
        qtbot.addWidget(self.panel)
        self.panel.resize(width, height)
        self.panel.show()
        QApplication.processEvents()
        self.plot = self.panel.plot
        self.flush()

    def flush(self) -> None:
        self.model.flush()
        QApplication.processEvents()

    def draft(self) -> None:
        self.entry.set_text("stop", "174.75")
        self.entry.set_text("target", "176.60")
        self.flush()

    def stop_order(self, key: str = "s1", price: str = "174.60") -> None:
        self.working(
            intent(key, side=SELL, kind=OrderType.STOP, stop=price, quantity="100", role=OrderRole.STOP, at=later(-60))
        )
        self.flush()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.plot, key, modifier)

    def y_of(self, price: float) -> int:
        return round(self.plot.state.scale.y_of(price))

    def drag(self, y: int, to: int, *, x: int = 300, let_go: bool = True) -> None:
        view = self.plot.viewport()
        QTest.mouseMove(view, QPoint(x, y))
        QTest.mousePress(view, Qt.MouseButton.LeftButton, NO_KEY, QPoint(x, y))
        QTest.mouseMove(view, QPoint(x, (y + to) // 2))
        QTest.mouseMove(view, QPoint(x, to))
        if let_go:
            QTest.mouseRelease(view, Qt.MouseButton.LeftButton, NO_KEY, QPoint(x, to))

    def summary(self) -> str:
        return " ".join(span.text for span in self.panel.summary())

    def menu_at(self, price: float) -> dict[str, bool]:
        self.panel._show_menu(QPoint(10, 10), price)
        menu = self.panel._menu
        assert menu is not None
        entries = {action.text(): action.isEnabled() for action in menu.actions() if not action.isSeparator()}
        menu.close()
        return entries


@pytest.fixture
def world(qtbot: QtBot) -> Iterator[World]:
    made = World(qtbot)
    yield made
    made.close()


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.working(intent("e1", quantity="200", plan=plan("174.70", "174.10"), at=later(-2400)))
    world.fill(execution("x1", order="e1", quantity="200", price="174.70", at=later(-2400)))
    world.working(intent("c1", side=SELL, quantity="100", role=OrderRole.EXIT, at=later(-900)))
    world.fill(execution("x2", order="c1", side=SELL, quantity="100", price="175.20", at=later(-900)))
    world.bus.publish(PositionsChanged((position("AAPL", "100", "174.70", "175.51"),), NOON))
    world.stop_order(price="174.50")
    world.draft()
    picture(world.panel, f"chart-{scheme}")
    assert access_gaps(world.panel) == []
    assert world.panel.title.text().replace("\u202f", " ") == "AAPL 175.51 +1.89 +1.09 %"
    assert world.panel.note.text() == "VWAP dotted PAPER"
    assert world.panel.reading.text().startswith("O ")
    assert world.summary() == "drag a line to change the draft"
    assert "draft stop, −1.00 R" in world.plot.accessibleDescription()
    world.close()


def test_old_prices_lose_their_colour_and_the_empty_region_is_hatched(world: World) -> None:
    world.create(intent("u1", quantity="126", plan=plan("175.52")))
    world.happen("u1", OrderEventKind.SENT)
    world.happen("u1", OrderEventKind.AMBIGUOUS)
    world.wait(29)
    world.flush()
    picture(world.panel, "chart-stale")
    assert world.panel.title.text() == "AAPL 175.51 29 s old"
    scale = world.plot.state.scale
    image = world.plot.grab().toImage()
    end = int(scale.x_of(world.model.series.end + 1)) + 4
    free = range(end, int(scale.x + scale.width) - 2)
    row = int(scale.y + scale.height * 0.6)
    assert len({image.pixel(x, row) for x in free}) > 1
    world.trade("175.51")
    world.flush()
    image = world.plot.grab().toImage()
    row = int(scale.y + scale.height * 0.6)
    ground = QColor(world.theme.color("bg.panel")).rgb()
    assert sum(image.pixel(x, row) != ground for x in free) <= 2


# ---- candles --------------------------------------------------------------------------------------------------------


def body_pixel(world: World, image: QImage, index: int, bar: ChartBar) -> QColor:
    scale = world.plot.state.scale
    return image.pixelColor(round(scale.x_of(index)) + 1, round(scale.y_of((bar.open + bar.close) / 2)))


def test_a_rise_is_hollow_and_a_fall_is_filled(world: World) -> None:
    series = world.model.series
    first = series.bars[-12]
    first.open, first.close, first.low, first.high = 174.9, 175.4, 174.8, 175.5
    second = series.bars[-10]
    second.open, second.close, second.low, second.high = 175.4, 174.9, 174.8, 175.5
    series.revision += 1
    world.flush()
    image = world.plot.grab().toImage()
    assert body_pixel(world, image, series.end - 11, first) == world.theme.color("bg.panel")
    assert body_pixel(world, image, series.end - 9, second) == world.theme.color("loss")


def test_the_live_bar_moves_without_a_new_picture_of_the_closed_ones(world: World) -> None:
    world.trade("175.51")
    world.flush()
    candles = world.plot._candles
    world.plot.grab()
    made = candles._picture
    for price in ("175.60", "175.70", "175.55"):
        world.trade(price)
        world.flush()
        world.plot.grab()
    assert made is not None
    assert candles._picture is made
    world.wait(60)
    world.trade("175.60")
    world.flush()
    world.plot.grab()
    assert candles._picture is not made


# ---- zoom and scroll ------------------------------------------------------------------------------------------------


def test_the_newest_bar_stays_in_sight(world: World) -> None:
    assert world.plot.visible_bars[1] == world.model.series.end
    for _ in range(30):
        world.wait(60)
        world.trade("175.60")
    world.flush()
    assert world.plot.follows
    assert world.plot.visible_bars[1] == world.model.series.end


def test_zoom_keeps_the_bar_under_the_pointer(world: World) -> None:
    world.plot.scroll(-20)
    scale = world.plot.state.scale
    held = scale.index_at(300)
    place = QPointF(300, 200)
    for _ in range(3):
        event = QWheelEvent(
            place,
            world.plot.mapToGlobal(place),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(world.plot.viewport(), event)
    zoomed = world.plot.state.scale
    assert zoomed.pitch > scale.pitch
    assert abs(zoomed.index_at(300) - held) <= 1
    assert float(zoomed.left * zoomed.pitch).is_integer()


def test_dragging_the_picture_leaves_the_newest_bar_until_end(world: World) -> None:
    QTest.mousePress(world.plot.viewport(), Qt.MouseButton.LeftButton, NO_KEY, QPoint(200, 60))
    QTest.mouseMove(world.plot.viewport(), QPoint(400, 60))
    QTest.mouseRelease(world.plot.viewport(), Qt.MouseButton.LeftButton, NO_KEY, QPoint(400, 60))
    end = world.model.series.end
    assert (world.plot.follows, world.plot.visible_bars[1] < end) == (False, True)
    world.panel.follow()
    assert (world.plot.follows, world.plot.visible_bars[1]) == (True, end)


def test_zoom_ends_at_the_widest_and_narrowest_bars(world: World) -> None:
    for _ in range(30):
        world.panel.zoom_in()
    wide = world.plot.state.scale.pitch
    for _ in range(60):
        world.panel.zoom_out()
    assert (wide, world.plot.state.scale.pitch) == (36, 1)
    world.plot.grab()


# ---- lines ----------------------------------------------------------------------------------------------------------


def test_dragging_the_draft_stop_changes_the_form(world: World) -> None:
    world.draft()
    goal = world.y_of(174.90)
    world.drag(world.y_of(174.75), goal)
    assert abs(Decimal(world.entry.form.stop) - Decimal("174.90")) <= Decimal("0.02")
    line = world.model.line("draft.stop")
    assert line is not None
    assert f"{line.price}" == world.entry.form.stop


def test_a_working_order_is_dragged_only_with_armed_keys(world: World) -> None:
    world.stop_order()
    assert world.summary() == "drag a line to change the order"
    world.drag(world.y_of(174.60), world.y_of(174.80))
    assert world.trading.names() == []
    assert "keys are locked" in world.plot.state.said
    picture(world.panel, "chart-said")
    world.arming.toggle()
    world.flush()
    world.drag(world.y_of(174.60), world.y_of(174.80))
    name, what = world.trading.calls[0]
    assert name == "replace_order"
    assert abs(what["stop"] - Decimal("174.80")) <= Decimal("0.02")
    assert world.plot.state.said == ""


def test_escape_ends_a_drag(world: World) -> None:
    world.stop_order()
    world.arming.toggle()
    world.drag(world.y_of(174.60), world.y_of(174.90), let_go=False)
    world.press(KEY.Key_Escape)
    QTest.mouseRelease(world.plot.viewport(), Qt.MouseButton.LeftButton, NO_KEY, QPoint(300, world.y_of(174.9)))
    assert world.trading.names() == []
    line = world.model.line("order.s1")
    assert line is not None
    assert line.price == Decimal("174.60")


def test_tab_goes_through_the_lines_and_the_arrow_keys_move_them(world: World) -> None:
    world.stop_order()
    world.draft()
    world.arming.toggle()
    world.plot.setFocus()
    seen = []
    for _ in range(4):
        world.press(KEY.Key_Tab)
        seen.append(world.plot.state.selected)
    assert seen == ["draft.target", "draft.entry", "draft.stop", "order.s1"]
    world.press(KEY.Key_Up)
    world.press(KEY.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    line = world.model.line("order.s1")
    assert line is not None
    assert line.price == Decimal("174.71")
    assert world.trading.names() == []
    world.press(KEY.Key_Return)
    assert world.trading.calls == [("replace_order", {"key": "s1", "limit": None, "stop": Decimal("174.71")})]
    world.press(KEY.Key_Tab)
    assert world.plot.state.selected == ""


def test_a_drag_that_asks_is_sent_by_enter(world: World) -> None:
    world.stop_order()
    world.arming.toggle()
    verdict = Verdict("price_collar", "Price", Outcome.CONFIRM, "174.90 is far away.")
    world.trading.trouble = ConfirmationNeeded(verdict.sentence, verdicts=(verdict,))
    world.drag(world.y_of(174.60), world.y_of(174.90))
    assert world.trading.names() == ["replace_order"]
    line = world.model.line("order.s1")
    assert line is not None
    assert line.moved_from == Decimal("174.60"), "it stands where it was let go"
    assert world.said[0].startswith("174.90 is far away. Press Enter once more within 3 s")
    world.wait(1)
    world.press(KEY.Key_Return)
    assert world.trading.names() == ["replace_order"] * 2
    first, second = (what for _, what in world.trading.calls)
    assert second == {**first, "confirmed": {"price_collar"}}


def test_leaving_a_moved_order_puts_it_back(world: World) -> None:
    world.stop_order()
    world.arming.toggle()
    world.plot.setFocus()
    world.press(KEY.Key_Tab)
    world.press(KEY.Key_Up)
    world.press(KEY.Key_Tab)
    line = world.model.line("order.s1")
    assert line is not None
    assert (line.price, line.moved_from) == (Decimal("174.60"), None)
    assert world.trading.names() == []


def test_the_chosen_bar_is_read_out(world: World) -> None:
    world.plot.setFocus()
    for _ in range(3):
        world.press(KEY.Key_Left)
    bar = world.model.series.bars[-3]
    assert world.panel.reading.text().startswith(f"10:40 O {bar.open:.2f} H {bar.high:.2f}")
    world.press(KEY.Key_Escape)
    assert world.panel.reading.text().startswith("O ")


def test_a_bracket_is_drawn_from_entry_to_stop(world: World) -> None:
    world.panel.draw_bracket()
    assert "drag to the stop" in world.summary()
    world.drag(world.y_of(174.60), world.y_of(174.20))
    form = world.entry.form
    assert (form.side, form.order_type) == (BUY, OrderType.LIMIT)
    assert abs(Decimal(form.price) - Decimal("174.60")) <= Decimal("0.02")
    assert abs(Decimal(form.stop) - Decimal("174.20")) <= Decimal("0.02")
    assert not world.plot.drawing
    assert world.trading.names() == []


def test_escape_undraws_a_bracket(world: World) -> None:
    world.panel.draw_bracket()
    world.drag(world.y_of(174.60), world.y_of(174.20), let_go=False)
    assert world.entry.form.stop
    world.press(KEY.Key_Escape)
    assert (world.entry.form.order_type, world.entry.form.stop) == (OrderType.MARKET, "")


def test_the_menu_at_a_price(world: World) -> None:
    entries = world.menu_at(174.904)
    assert entries == {
        "Draft: buy limit at 174.90": True,
        "Draft: buy stop at 174.90": False,
        "Draft: sell limit at 174.90": False,
        "Draft: sell stop at 174.90": True,
        "Use 174.90 as the draft's stop": True,
        "Use 174.90 as the draft's target": True,
        "Draw a bracket\tD": True,
        "Copy 174.90": True,
    }
    menu = world.panel._menu
    assert menu is not None
    by_text = {action.text(): action for action in menu.actions()}
    by_text["Draft: buy limit at 174.90"].trigger()
    by_text["Use 174.90 as the draft's target"].trigger()
    by_text["Copy 174.90"].trigger()
    form = world.entry.form
    assert (form.side, form.order_type, form.price, form.target) == (BUY, OrderType.LIMIT, "174.90", "174.90")
    assert QGuiApplication.clipboard().text() == "174.90"


def test_a_line_far_off_is_a_tag_at_the_edge(world: World) -> None:
    world.stop_order(price="150.00")
    placed = world.plot.state.placed[0]
    assert (placed.beyond, placed.tag_text) == (1, "↓ 150.00")
    scale = world.plot.state.scale
    assert placed.tag.bottom() <= scale.y + scale.height + 0.01
    assert scale.low > 170


# ---- table and lengths ----------------------------------------------------------------------------------------------


def test_the_table_has_the_same_numbers(world: World) -> None:
    world.panel.show_table(True)
    assert world.panel.shows_table
    rows = world.panel._rows
    assert rows is not None
    assert rows.rowCount() == 80
    assert rows.cell(0, 0).text == "23 Nov 10:42"
    world.trade("175.51")
    world.trade("177.77", 50)
    world.flush()
    assert rows.cell(0, rows.column_of("close")).text == "177.77"
    world.wait(60)
    world.trade("177.70")
    world.flush()
    assert rows.rowCount() == 81
    assert access_gaps(world.panel) == []
    world.panel.show_table(False)
    assert not world.panel.shows_table


def test_bar_lengths_from_menu_and_button(world: World) -> None:
    actions = {action.text(): action for action in world.panel.menu_actions()}
    assert actions["Bars of 1 min\t2"].isChecked()
    actions["Bars of 1 day\t6"].trigger()
    world.flush()
    assert world.bars.asked[-1] == ("AAPL", 86_400)
    assert world.panel.bars_button.text() == "1 day"
    assert "VWAP" not in world.panel.note.text()


def test_a_hidden_chart_does_no_work(world: World) -> None:
    world.panel.hide()
    before = world.plot.state.scale
    world.stop_order(price="173.00")
    assert world.plot.state.scale is before
    world.panel.show()
    assert [row.line.key for row in world.plot.state.placed] == ["order.s1"]


# ---- arithmetic -----------------------------------------------------------------------------------------------------


def test_lines_near_the_bars_are_fitted_in_and_far_ones_are_not() -> None:
    low, high = fitted((100.0, 102.0), [104.0, 130.0], 0.1)
    assert low < 100 < 104 < high < 110
    low, high = fitted((100.0, 100.0), [], 0.12)
    assert high - low >= 0.12


def test_the_range_does_not_twitch() -> None:
    now = fitted((100.0, 102.0), [], 0.1)
    assert steady(now, fitted((100.0, 102.02), [], 0.1)) == now
    assert steady(now, fitted((100.0, 103.0), [], 0.1)) != now
    assert steady(now, fitted((101.0, 101.5), [], 0.1)) != now


def test_tags_evade_each_other_inside_the_area() -> None:
    tops = spread_apart([-5.0, 2.0, 8.0, 95.0, 96.0], 10.0, 0.0, 100.0)
    assert tops == [0.0, 10.0, 20.0, 80.0, 90.0]


def test_words_stand_where_they_hide_fewer_candles() -> None:
    scale = Scale(0, 0, 700, 300, 0, 10, 100, 110)
    sizes = Sizes(18, 16, 62, 7)
    line = ChartLine("position", LineKind.POSITION, Decimal(105), "Position 100 at 105.00", Tone.QUIET)
    sides: dict[str, bool] = {}

    def crowded_right(box: QRectF) -> int:
        return 8 if box.center().x() > 350 else 0

    def place(covered: int) -> float:
        return place_lines([line], scale, sizes, len, covered=lambda _: covered, sides=sides)[0].box.center().x()

    placed = place_lines([line], scale, sizes, len, covered=crowded_right, sides=sides)[0]
    assert placed.box.center().x() < 350
    assert place(3) < 350
    other = ChartLine("order.x", LineKind.WORKING, Decimal("105.1"), "Stop: sell 100", Tone.SELL, at_right=False)
    both = place_lines([line, other], scale, sizes, lambda words: 6.0 * len(words), covered=lambda _: 0, sides=sides)
    assert not both[0].box.intersects(both[1].box)


def test_ticks_are_round() -> None:
    assert price_ticks(173.4, 179.6, 6) == [174.0, 175.0, 176.0, 177.0, 178.0, 179.0]
    assert price_ticks(1.0, 1.0, 6) == []
    assert price_places([0.5, 0.525], 0.01) == 3
    assert price_places([174.0], 0.0001) == 4
    start = int(datetime(2026, 11, 23, 14, 31, tzinfo=UTC).timestamp())
    ticks = time_ticks(lambda index: start + 60 * index, (0, 79), 60, 8)
    assert ticks[0] == (9, "09:40")
    assert [text for _, text in ticks][:3] == ["09:40", "09:50", "10:00"]


def test_a_new_day_carries_its_date() -> None:
    """Bars of the evening before and of the morning stand side by side."""
    starts = [int(datetime(2026, 11, 20, 20, 30, tzinfo=UTC).timestamp()) + 900 * index for index in range(2)]
    starts += [int(datetime(2026, 11, 23, 14, 30, tzinfo=UTC).timestamp()) + 900 * index for index in range(6)]
    ticks = time_ticks(lambda index: starts[max(index, 0)], (0, 7), 900, 4)
    assert (2, "23 Nov") in ticks
    assert (4, "10:00") in ticks


@pytest.mark.parametrize("density", list(DensityName))
@pytest.mark.parametrize("zoom", [100, 150])
def test_tags_of_prices_beyond_the_scale_are_whole(qtbot: QtBot, density: DensityName, zoom: int) -> None:
    world = World(qtbot)
    world.stop_order("far", "149.50")
    world.theme.set_look(replace(world.theme.look, density=density, zoom=zoom))
    world.flush()
    [tag] = [row for row in world.plot.state.placed if row.beyond]
    assert tag.tag_text == "↓ 149.50"
    words = world.theme.metrics("small", 600).horizontalAdvance(tag.tag_text)
    assert words + world.theme.px(TAG_INSET) < tag.tag.width()
    assert tag.tag.right() <= world.plot.width()
    assert (density, zoom) != (DensityName.COMPACT, 100) or tag.tag.width() == 62
