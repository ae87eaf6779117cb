"""The Order entry panel on a real desk: every state whole, in little room, by mouse and by key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.brokers.simulator.faults import Delay, DropRequest, FailRead
from legend_desktop.domain.enums import OrderSide, OrderType
from legend_desktop.views.panels.order_entry import OrderEntryPanel, PageArea
from legend_desktop.views.panels.order_entry_preview import SizeLine
from legend_desktop.views.theme import Scheme, Theme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.buttons import Button, ButtonKind
from legend_desktop.views.widgets.spans import SpanLabel, spans_width
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.entry_world import Entry, an_entry, plain

D = Decimal
SIZES = [(276, 514), (292, 534), (320, 574)]
"""What the panel has inside its dock at the three shipped arrangements."""


@dataclass
class Shown:
    """The panel in a window of its own, its buttons tied to the router as in the program."""

    entry: Entry
    panel: OrderEntryPanel
    theme: Theme
    asked: list[str]

    def refresh(self) -> None:
        self.entry.model.refresh()
        QApplication.processEvents()

    def click(self, button: QWidget) -> None:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    async def pass_guard(self) -> None:
        await self.entry.pass_guard()
        QApplication.processEvents()

    def kind(self) -> str:
        """The form of the send button."""
        return self.panel.send._kind.value

    def rows(self) -> list[str]:
        return self.panel.preview.shown_labels

    def notice(self) -> str:
        words = self.panel.preview.notice.words
        return "" if words is None else plain(f"{words.title} {words.text}")


@asynccontextmanager
async def shown(
    qtbot: QtBot, size: tuple[int, int] = (292, 534), scheme: Scheme = Scheme.DARK, **settings: Any
) -> AsyncIterator[Shown]:
    theme = make_theme(scheme)
    async with an_entry(**settings) as entry:
        panel = OrderEntryPanel(entry.model, theme)
        qtbot.addWidget(panel)
        asked: list[str] = []

        def ask(action_id: str) -> None:
            asked.append(action_id)
            if entry.router.has(action_id):
                entry.router.trigger(action_id)

        panel.action_wanted.connect(ask)
        panel.resize(*size)
        panel.show()
        panel.activateWindow()
        qtbot.waitActive(panel)
        made = Shown(entry, panel, theme, asked)
        made.refresh()
        try:
            yield made
        finally:
            panel.close()


def cut_off(panel: OrderEntryPanel) -> list[str]:
    """What cannot be read whole: parts under the foot or beyond the edges, labels with too little room."""
    area = panel._pages.currentWidget()
    assert isinstance(area, PageArea)
    page, room = area._page, area.viewport().height()
    found = [f"the page is {page.height()} high, the room {room}"] if page.height() > room else []
    for widget in page.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, QMenu) or widget.isWindow():
            continue
        place = QRect(widget.mapTo(page, QPoint(0, 0)), widget.size())
        if not page.rect().contains(place):
            found.append(f"{type(widget).__name__} {widget.accessibleName()} at {place}")
        if isinstance(widget, QLabel) and widget.height() < _wanted_height(widget):
            found.append(f"label {widget.text()!r} has {widget.height()} px")
        wanted = _wanted_width(widget)
        if wanted > widget.width():
            found.append(f"{widget.accessibleName()!r} wants {wanted} px, has {widget.width()}")
    buttons = [button for button in (panel.send, panel.left, panel.right) if button.isVisible()]
    found += [button.text() for button in buttons if button.width() < button.content_width() + 10]
    foot = min(button.y() for button in buttons)
    if panel._pages.geometry().bottom() >= foot:
        found.append("the page reaches under the foot")
    return found


def _wanted_height(label: QLabel) -> int:
    return label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height() - 1


def _wanted_width(widget: QWidget) -> int:
    """Pixels that the words of a painted line need; 0 for parts that paint none."""
    if isinstance(widget, SpanLabel):
        return widget.sizeHint().width()
    if isinstance(widget, Button):
        return widget.content_width()
    if isinstance(widget, SizeLine):
        gap = widget._theme.px(5)
        parts = ((widget._left, "body"), (widget._right, "small"))
        return sum(spans_width(widget._theme, spans, role, gap) for spans, role in parts) + gap
    return 0


def whole(made: Shown, name: str) -> None:
    """The panel is readable as it stands, and every control has a name and a tip."""
    made.refresh()
    picture(made.panel, f"entry-{name}-{made.panel.width()}")
    assert cut_off(made.panel) == [], name
    assert access_gaps(made.panel) == [], name


# ---- states ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=["1280", "1440", "1920"])
@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_the_states_before_the_press_are_whole(qtbot: QtBot, size: tuple[int, int], scheme: Scheme) -> None:
    async with shown(qtbot, size, scheme) as made:
        entry, model = made.entry, made.entry.model
        place = made.panel.send.geometry()
        whole(made, "empty")
        assert not made.panel.send.isEnabled()
        assert made.notice().startswith("Type the price where you would be wrong.")
        assert "$250.00" in made.notice()
        entry.draft()
        whole(made, "valid")
        assert made.panel.send.isEnabled()
        assert made.rows()[0] == "Risk at stop"
        assert made.panel.preview.checks.text() == "22 of 22 pass"
        if size[1] >= 534:
            assert len(made.rows()) == 7
        model.set_order_type(OrderType.STOP_LIMIT)
        entry.type(price="176.05", trigger="176.00", stop="2atr", target="2R")
        whole(made, "stop-limit")
        model.set_order_type(OrderType.MARKET)
        entry.type(stop="176.20", target="")
        whole(made, "refused")
        assert made.notice().startswith("The stop is above the entry. A stop for a buy must be below 175.52.")
        assert made.panel.preview.checks.text() == "21 of 22 pass"
        entry.type(stop="175.51")
        whole(made, "confirm")
        risk = entry.world.context.risk
        risk.limits = replace(risk.limits, max_position_percent=D(25))
        entry.draft(risk="1.00", stop="174.00", target="180")
        whole(made, "capped")
        assert made.panel.preview.size_line.accessibleName() == "142 shares, cut from 649"
        assert made.notice().endswith("One position may be 25 % of equity, so 142. Real risk 0.22 %.")
        model.set_symbol("AAPPLE")
        await entry.world.breathe()
        whole(made, "no-symbol")
        assert made.panel.send.geometry() == place
        assert made.panel.minimumSizeHint().height() == 380


@pytest.mark.parametrize("size", SIZES, ids=["1280", "1440", "1920"])
async def test_the_states_after_the_press_are_whole(qtbot: QtBot, size: tuple[int, int]) -> None:
    async with shown(qtbot, size) as made:
        entry, model = made.entry, made.entry.model
        entry.world.faults.on("place_bracket_order", Delay(before=3))
        entry.draft()
        await entry.world.fresh()
        place = made.panel.send.geometry()
        model.send()
        await entry.world.clock.advance(1.5)
        whole(made, "sending")
        assert (made.panel.send.text(), made.panel.left.isEnabled()) == ("Cancel when accepted", False)
        await entry.world.run(3)
        whole(made, "done")
        assert (made.panel.send.text(), made.panel.send.geometry()) == ("New order", place)
        assert (made.panel.left.text(), made.panel.right.text()) == ("Close half", "Stop to entry")
        model.clear()
        await made.pass_guard()
        model.set_order_type(OrderType.LIMIT)
        entry.draft(price="175.00")
        await made.pass_guard()
        assert model.send()
        await entry.world.breathe()
        whole(made, "working")
        assert (made.panel.left.text(), made.panel.send.geometry()) == ("Cancel order", place)
        model.clear()
        entry.world.faults.on("place_bracket_order", DropRequest(seconds=4))
        entry.world.faults.on("find_order", FailRead(), nth=None)
        model.set_order_type(OrderType.MARKET)
        entry.draft()
        await made.pass_guard()
        assert model.send()
        await entry.world.run(6)
        whole(made, "unknown")
        assert (made.panel.send.text(), made.panel.left.text()) == ("Ask Simulator now", "Copy reference")


@pytest.mark.parametrize("size", SIZES, ids=["1280", "1440", "1920"])
async def test_the_ticket_is_whole_in_every_kind(qtbot: QtBot, size: tuple[int, int]) -> None:
    async with shown(qtbot, size) as made:
        entry, model = made.entry, made.entry.model
        made.panel.choose_header_tab("ticket")
        assert model.form.by_quantity
        whole(made, "ticket-empty")
        for kind in (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.STOP, OrderType.TRAILING_STOP):
            model.set_order_type(kind)
            entry.type(quantity="100", price="175.52", trigger="176", trail="1.2 %", stop="1.5 %", target="2R")
            whole(made, f"ticket-{kind.value}")
        await entry.world.place(100)
        await entry.world.run(1)
        await entry.world.fresh()
        model.set_order_type(OrderType.MARKET)
        model.set_side(OrderSide.SELL)
        entry.type(quantity="40", stop="", target="")
        whole(made, "ticket-exit")
        assert "Held after it" in made.rows()
        assert made.panel.preview.size_line.accessibleName() == "40 of 100 shares, ready to send"


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_real_money_is_crimson_and_says_so(qtbot: QtBot, scheme: Scheme) -> None:
    async with shown(qtbot, scheme=scheme, live=True) as made:
        made.entry.draft()
        whole(made, "live")
        assert made.panel.send.text() == "LIVE  Buy 111 AAPL"
        assert made.kind() == ButtonKind.CRIMSON.value
        made.entry.type(stop="")
        made.refresh()
        assert made.kind() == ButtonKind.OUTLINE.value


async def test_a_very_low_panel_scrolls_its_page_and_keeps_its_foot(qtbot: QtBot) -> None:
    async with shown(qtbot, (276, 380)) as made:
        made.entry.draft(stop="176.20")
        made.refresh()
        assert made.panel.send.geometry().bottom() < made.panel.height()
        assert made.panel._entry_area._page.height() > made.panel._entry_area.viewport().height()


# ---- fields ---------------------------------------------------------------------------------------------------------


async def test_typing_goes_into_the_form_and_the_form_into_the_fields(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        form = made.panel.form
        QTest.keyClicks(form.field("stop"), "1.5 %")
        assert made.entry.model.form.stop == "1.5 %"
        made.refresh()
        assert plain(form.field("stop").derived()) == "172.89  2.63 = 1.50 %"
        made.entry.type(stop="176.20")
        made.refresh()
        assert form.field("stop").text() == "176.20"
        assert form.field("stop").property("wrong") == "true"
        made.entry.type(stop="173.75")
        made.refresh()
        assert form.field("stop").property("wrong") == "false"


async def test_the_symbol_is_typed_in_capitals_and_loaded_by_enter(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        field = made.panel.form.symbol
        made.entry.model.symbol_wanted.emit()
        assert field.hasFocus()
        assert field.selectedText() == "AAPL"
        QTest.keyClicks(field, "msft")
        made.refresh()  # a quote that comes meanwhile takes nothing back
        assert field.text() == "MSFT"
        assert made.entry.model.form.symbol == "AAPL"
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert made.entry.model.form.symbol == "MSFT"
        assert made.panel.form.field("stop").hasFocus()
        await made.entry.world.breathe()


async def test_a_click_on_a_side_of_the_quote_uses_its_price(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.click(made.panel.form._quote.sides["ask"])
        assert made.entry.model.form.order_type is OrderType.LIMIT
        made.refresh()
        assert made.panel.form.field("price").isVisible()
        assert made.panel.form.field("price").text() == "175.52"
        assert made.panel.form.field("price").derived() == "at the ask"


@pytest.mark.parametrize(
    ("change", "words", "stale"),
    [
        ({"halted": True}, "halted", False),
        ({"bid": D("175.60")}, "crossed, bid over ask", False),
        ({"ask": None}, "nobody offers", False),
        ({}, "Spread 0.02 = 1.1 bp", False),
    ],
)
async def test_the_line_under_the_quote(qtbot: QtBot, change: dict[str, Any], words: str, stale: bool) -> None:
    async with shown(qtbot) as made:
        quote = made.entry.model.quote
        assert quote is not None
        made.entry.world.context.quotes.put(replace(quote, timestamp=made.entry.world.clock.now(), **change))
        made.refresh()
        assert made.panel.form._spread.text() == words
        await made.entry.world.run(12)
        made.refresh()
        assert made.panel.form._age.text() == "12 s"
        assert made.panel.form._quote.sides["bid"].accessibleName().endswith("old")


async def test_the_tab_order_follows_the_fields(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.model.set_order_type(OrderType.LIMIT)
        made.entry.draft(price="175.00")
        made.refresh()
        made.panel.form.symbol.setFocus()
        names = []
        for _ in range(16):
            focus = QApplication.focusWidget()
            assert focus is not None
            names.append(focus.accessibleName().split(" 1")[0])
            QTest.keyClick(focus, Qt.Key.Key_Tab)
        wanted = ["Symbol", "Bid", "Ask", "Side: Buy", "Order type", "Risk", "Price", "Stop", "Target"]
        found = [name for name in names if name in wanted]
        assert found[: len(wanted)] == wanted, names


async def test_tabs_and_form_agree_whoever_changes_them(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.model.set_order_type(OrderType.TRAILING_STOP)
        assert made.panel.header_tab() == "ticket"
        assert made.panel.form.field("trail").isVisible()
        assert not made.panel.form.field("stop").isVisible()
        made.panel.choose_header_tab("quick")
        assert made.entry.model.form.order_type is OrderType.MARKET
        assert made.panel.form.field("risk").isVisible()


# ---- pressing -------------------------------------------------------------------------------------------------------


async def test_case_70_a_double_click_on_send_makes_one_order(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft()
        await made.entry.world.fresh()
        made.refresh()
        button = made.panel.send
        made.click(button)
        await made.entry.world.clock.advance(0.05)
        QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
        await made.entry.world.breathe()
        QTest.mouseClick(made.panel, Qt.MouseButton.LeftButton, pos=button.geometry().center())
        await made.entry.world.breathe()
        assert made.asked == ["ticket.send"]
        assert made.entry.world.faults.calls("place_bracket_order") == 1
        assert made.entry.state == "done"
        assert not made.entry.model.sending.cancel_wanted


async def test_case_71_a_held_key_on_the_button_sends_once(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft()
        await made.entry.world.fresh()
        made.refresh()
        made.panel.send.setFocus()
        QTest.keyPress(made.panel.send, Qt.Key.Key_Space)
        for _ in range(30):
            QTest.keyEvent(QTest.KeyAction.Press, made.panel.send, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
        QTest.keyRelease(made.panel.send, Qt.Key.Key_Space)
        await made.entry.world.breathe()
        assert made.asked == ["ticket.send"]
        assert made.entry.world.faults.calls("place_bracket_order") == 1


async def test_the_cursor_never_lands_on_a_button_by_chance(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft()
        await made.entry.world.fresh()
        made.refresh()
        made.panel.form.field("stop").setFocus()
        made.entry.model.send()
        await made.entry.world.breathe()
        made.refresh()
        assert QApplication.focusWidget() is made.panel
        await made.pass_guard()
        made.click(made.panel.send)
        made.refresh()
        assert made.entry.state == "empty"
        assert made.panel.form.field("stop").hasFocus()


async def test_the_buttons_of_a_done_order_ask_for_their_actions(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft()
        await made.entry.world.fresh()
        made.entry.model.send()
        await made.entry.world.breathe()
        made.refresh()
        made.click(made.panel.left)
        assert made.asked == []  # within the guard
        await made.pass_guard()
        made.click(made.panel.left)
        made.click(made.panel.right)
        assert made.asked == ["order.close_half", "order.stop_to_entry"]
        await made.entry.world.do(made.entry.world.trading.flatten_all())
        await made.entry.world.run(1)
        made.refresh()
        assert not made.panel.left.isEnabled()


async def test_the_buttons_of_an_unknown_order(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        entry, panel = made.entry, made.panel
        entry.world.faults.on("place_bracket_order", DropRequest(seconds=1))
        entry.world.faults.on("find_order", FailRead(), nth=None)
        entry.draft()
        await entry.world.fresh()
        entry.model.send()
        await entry.world.run(2)
        made.refresh()
        made.click(panel.left)
        assert QGuiApplication.clipboard().text() == entry.world.orders[0].client_order_id
        made.click(panel.send)
        assert made.asked == ["order.ask_broker"]
        made.click(panel.right)
        assert (panel.send.text(), panel.left.text(), panel.right.text()) == (
            "Keep asking",
            "It is there",
            "It is not there",
        )
        made.click(panel.right)  # the second half of a double click decides nothing
        assert entry.state == "unknown"
        await entry.world.clock.advance(0.7)
        made.click(panel.right)
        await entry.world.breathe()
        assert entry.state == "refused"


async def test_a_fix_keeps_its_button_while_its_words_change(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft(stop="176.20", target="")
        made.refresh()
        button = made.panel.preview.notice.buttons[0]
        assert button.text() == "Use 174.10"
        QTest.mousePress(button, Qt.MouseButton.LeftButton)
        await made.entry.world.quote(175.60, 175.62)
        made.refresh()
        assert button.text() == "Use 174.20"
        QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
        assert made.entry.model.form.stop == "174.20"


async def test_the_checks_row_opens_every_check(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft()
        made.refresh()
        made.click(made.panel.preview.checks)
        card = made.panel.preview._card
        assert card is not None
        assert card.isVisible()
        assert len(card._lines) == 7 + 1 + 22
        picture(card, "entry-details")
        QTest.keyClick(card, Qt.Key.Key_Escape)
        assert not card.isVisible()


async def test_seconds_are_counted_only_while_they_matter(qtbot: QtBot) -> None:
    async with shown(qtbot) as made:
        made.entry.draft()
        made.refresh()
        assert not made.panel._ticker.isActive()
        made.entry.world.faults.on("place_bracket_order", Delay(before=1))
        await made.entry.world.fresh()
        made.entry.model.send()
        made.refresh()
        assert made.panel._ticker.isActive()
        await made.entry.world.run(3)
        made.panel._tick()
        assert not made.panel._ticker.isActive()
