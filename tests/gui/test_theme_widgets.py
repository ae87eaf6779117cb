from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.events import Notice as Happened
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.services.event_bus import EventBus
from legend_desktop.viewmodels.notifications import NotificationsViewModel
from legend_desktop.views.notifier import Notifier
from legend_desktop.views.theme import Scheme, Theme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.buttons import Button, ButtonKind, ChipButton, IconButton, SendButton, SendState
from legend_desktop.views.widgets.field_edit import ComboField, FieldEdit
from legend_desktop.views.widgets.labels import Badge, ElidedLabel, KeyCap, TextLabel
from legend_desktop.views.widgets.meter import Meter
from legend_desktop.views.widgets.notice import EmptyState, HatchedFrame, Notice, NoticeKind
from legend_desktop.views.widgets.panel import Panel
from legend_desktop.views.widgets.panel_header import PanelHeader
from legend_desktop.views.widgets.segmented import Segment, SegmentedControl
from legend_desktop.views.widgets.spans import Span, SpanLabel
from legend_desktop.views.widgets.value_row import ValueList, ValueRow
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import make_theme
from tests.unit.viewmodels.builders import raise_report


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return make_theme(Scheme.DARK)


def sides(theme: Theme) -> SegmentedControl:
    return SegmentedControl(theme, "Side", [Segment("buy", "Buy", "B", "gain"), Segment("sell", "Sell", "S", "loss")])


def test_every_widget_can_be_painted_in_every_look(qtbot: QtBot, theme: Theme) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    meter = Meter(theme, "Heat")
    meter.set_meter(["$1"], 0.97, worst=1.2, note="limit")
    disabled = Button(theme, "Nothing", kind=ButtonKind.DANGER)
    disabled.setEnabled(False)
    chip = ChipButton(theme, "Stop…", icon="hand-palm")
    chip.set_progress(0.5)
    header = PanelHeader(theme, "Orders")
    header.set_link_group("B")
    header.set_tabs([("a", "Quick"), ("b", "Ticket")], "a")
    frame = HatchedFrame(theme)
    frame.inside.addWidget(TextLabel(theme, "May be live", wrap=True))
    widgets: list[QWidget] = [Button(theme, kind.value, kind=kind, key="F2", icon="check") for kind in ButtonKind]
    widgets += [meter, disabled, chip, header, frame, SendButton(theme, "Send"), IconButton(theme, "x", "Close")]
    widgets += [sides(theme), FieldEdit(theme, "Stop", unit="R"), ComboField(theme, "Type"), KeyCap(theme, "F2")]
    widgets += [Badge(theme, "UNKNOWN", ink="unknown", hatched=True), Badge(theme, "ACTIVE"), ValueRow(theme, "Cash")]
    widgets += [EmptyState(theme, "briefcase", "None", "Send one."), ElidedLabel(theme, "long " * 30)]
    widgets += [Notice(theme, kind, "Title", "Text", icon="warning") for kind in NoticeKind]
    for widget in widgets:
        column.addWidget(widget)
    host.show()
    for look in (
        replace(theme.look, scheme=Scheme.LIGHT),
        replace(theme.look, scheme=Scheme.DARK, zoom=150, reduce_motion=True),
    ):
        theme.set_look(look)
        assert not host.grab().isNull()
    assert access_gaps(host) == []


def test_a_control_without_name_or_tip_is_a_gap(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    QPushButton("Send", host)
    assert len(access_gaps(host)) == 2


def test_targets_are_large_enough(qtbot: QtBot, theme: Theme) -> None:
    for widget in (
        Button(theme, "A"),
        ChipButton(theme, "A"),
        IconButton(theme, "x", "Close"),
        FieldEdit(theme, "Stop"),
        sides(theme),
    ):
        qtbot.addWidget(widget)
        assert min(widget.sizeHint().width(), widget.sizeHint().height()) >= 22, type(widget).__name__
    send = SendButton(theme, "Send")
    qtbot.addWidget(send)
    assert send.sizeHint().height() == 36


def test_the_tip_of_a_button_names_its_key(qtbot: QtBot, theme: Theme) -> None:
    button = Button(theme, "Send", key="Ctrl Enter", tip="Send the order", identifier="ticket.send")
    qtbot.addWidget(button)
    assert (button.toolTip(), button.accessibleName()) == ("Send the order (Ctrl+Enter)", "Send")
    assert button.accessibleIdentifier() == "ticket.send"


def test_the_send_button_is_off_while_there_is_nothing_to_send(qtbot: QtBot, theme: Theme) -> None:
    send = SendButton(theme)
    qtbot.addWidget(send)
    assert not send.isEnabled()
    send.set_state(SendState.CRIMSON, "LIVE Buy 205 NVDA at 184.60")
    fill, ink, _ = send.inks()
    assert send.isEnabled()
    assert (fill, ink) == (theme.color("live.fill"), theme.color("live.on"))
    assert send.accessibleName() == "LIVE Buy 205 NVDA at 184.60"
    send.set_state(SendState.OUTLINE)
    assert send.inks()[0] is None


def test_arrows_move_the_choice_and_setting_it_is_silent(qtbot: QtBot, theme: Theme) -> None:
    control = sides(theme)
    qtbot.addWidget(control)
    control.show()
    heard: list[str] = []
    control.changed.connect(heard.append)
    control.set_current("buy")
    assert (control.current(), heard) == ("buy", [])
    QTest.keyClick(control.button("buy"), Qt.Key.Key_Right)
    QTest.mouseClick(control.button("buy"), Qt.MouseButton.LeftButton)
    assert (control.current(), heard) == ("buy", ["sell", "buy"])
    control.set_current("none of these")
    assert control.current() == ""


def test_new_segments_keep_the_choice(qtbot: QtBot, theme: Theme) -> None:
    control = sides(theme)
    qtbot.addWidget(control)
    control.set_current("sell")
    control.set_segments([Segment("sell", "Sell short"), Segment("buy", "Buy")])
    assert control.current() == "sell"


def test_the_derived_text_keeps_clear_of_what_is_typed(qtbot: QtBot, theme: Theme) -> None:
    field = FieldEdit(theme, "Stop")
    qtbot.addWidget(field)
    field.show()
    field.resize(200, 26)
    field.set_derived("2.32 = 1.32 %")
    assert field.textMargins().right() > theme.metrics("small").horizontalAdvance("2.32 = 1.32 %")
    assert field.accessibleDescription() == "2.32 = 1.32 %"
    field.resize(60, 26)
    QApplication.processEvents()
    assert field.textMargins().right() <= 40


def test_a_field_in_use_is_not_overwritten(qtbot: QtBot, theme: Theme) -> None:
    field = FieldEdit(theme, "Stop")
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "17")
    field.set_text_if_idle("180")
    assert field.text() == "17"
    field.clearFocus()
    field.set_text_if_idle("180")
    assert field.text() == "180"


def test_a_meter_warns_at_eighty_percent(qtbot: QtBot, theme: Theme) -> None:
    meter = Meter(theme, "Day loss")
    qtbot.addWidget(meter)
    levels = []
    for used, worst in ((0.5, None), (0.8, None), (1.0, None), (0.5, 1.1), (None, None)):
        meter.set_meter(["x"], used, worst=worst, note="limit 3 %")
        levels.append(meter.level())
    assert levels == ["text.secondary", "warning", "danger", "danger", "text.secondary"]
    assert meter.accessibleName() == "Day loss: x, limit 3 %"


def test_a_missing_value_is_a_dash_with_a_reason(qtbot: QtBot, theme: Theme) -> None:
    rows = ValueList(theme)
    qtbot.addWidget(rows)
    row = rows.add_row("var", "VaR 95 %")
    row.set_missing("needs 60 days, has 41")
    assert (row.value_text(), row.toolTip()) == ("—", "needs 60 days, has 41")
    row.set_value("$205.32", note="0.20 %")
    assert rows.row("var").accessibleName() == "VaR 95 %: $205.32 0.20 %"


def test_buttons_of_a_notice_come_and_go(qtbot: QtBot, theme: Theme) -> None:
    notice = Notice(theme, NoticeKind.DANGER, "The stop is above the entry.", "Type a lower one.")
    qtbot.addWidget(notice)
    notice.show()
    pressed: list[str] = []
    button = notice.add_button("Use 173.75", lambda: pressed.append("fix"), key="Alt 1")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == ["fix"]
    notice.clear_buttons()
    assert not button.isVisible()
    notice.set_notice(NoticeKind.PLAIN, "", "Every share has a working stop.", icon="shield-check")
    assert notice.text() == "Every share has a working stop."


def test_a_span_label_says_its_words_once(qtbot: QtBot, theme: Theme) -> None:
    label = SpanLabel(theme, "7 open", Span("+806.75", "gain"))
    qtbot.addWidget(label)
    wide = label.sizeHint().width()
    label.set_parts("7 open")
    assert label.sizeHint().width() < wide
    assert label.accessibleName() == "7 open"


def test_a_panel_tells_its_dock_what_it_says(qtbot: QtBot, theme: Theme) -> None:
    panel = Panel(theme)
    qtbot.addWidget(panel)
    told: list[str] = []
    panel.summary_changed.connect(lambda: told.append("summary"))
    panel.header_tab_changed.connect(told.append)
    panel.set_summary("8 working")
    panel.set_summary("8 working")
    panel.set_header_tabs([("quick", "Quick"), ("ticket", "Ticket")], "quick")
    panel.choose_header_tab("ticket")
    panel.choose_header_tab("ticket")
    assert told == ["summary", "ticket"]
    assert panel.header_tab() == "ticket"


def test_hidden_money_is_hidden_in_sentences_and_comes_back(qtbot: QtBot, theme: Theme) -> None:
    notice = Notice(theme, NoticeKind.PLAIN, "", "A stop there loses 0.25 % of equity, $250.00.")
    qtbot.addWidget(notice)
    words = notice.findChildren(TextLabel)[1]
    theme.set_look(replace(theme.look, hide_money=True))
    assert words.text() == "A stop there loses 0.25 % of equity, $•••."
    words.setText("Realised −$12.40 today")
    assert words.text() == "Realised −$••• today"
    theme.set_look(replace(theme.look, hide_money=False))
    assert words.text() == "Realised −$12.40 today"


def test_a_notice_at_the_corner_is_as_high_as_its_words(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    window.resize(900, 600)
    qtbot.addWidget(window)
    clock = FakeClock()
    bus = EventBus(raise_report)
    notes = NotificationsViewModel(bus, clock)
    notifier = Notifier(theme, notes, window, bottom=lambda: 22)
    window.show()
    bus.publish(Happened(clock.now(), NoticeLevel.WARNING, "Keys", "Short."))
    [card] = notifier.cards()
    low = card.height()
    assert low <= theme.line_height("small") + theme.line_height("body") + theme.px(20)
    bus.publish(Happened(clock.now(), NoticeLevel.WARNING, "Keys", "A longer sentence about one key. " * 4))
    assert card.height() >= low + 2 * theme.line_height("body")
    assert card.geometry().bottom() <= 600 - 22
    notes.dispose()
