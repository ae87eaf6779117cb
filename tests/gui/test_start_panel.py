"""The start page on screen: what can be pressed does something, and nothing is cut at the sizes of the layouts."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from legend_desktop.domain.verdicts import Outcome, Verdict
from legend_desktop.viewmodels.start import StartViewModel
from legend_desktop.views.panels.start import StartPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.flow_text import Cap, FlowText
from legend_desktop.views.widgets.labels import TextLabel
from tests.gui.panel_world import RESOURCES, make_theme, picture
from tests.unit.viewmodels.builders import quote
from tests.unit.viewmodels.test_start import Board, SizingPreviews

BROKERS = ("Alpaca", "TD Ameritrade", "Charles Schwab", "Interactive Brokers", "TradeStation")
LEFT = Qt.MouseButton.LeftButton


class World:
    def __init__(
        self,
        qtbot: QtBot,
        scheme: Scheme = Scheme.DARK,
        *,
        dotenv: bool = False,
        previews: SizingPreviews | None = None,
        command_key: str = "Ctrl K",
        brokers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.board = Board(quote("AAPL", "175.50", "175.52"))
        self.kept: list[str] = []
        self.model = StartViewModel(
            previews or SizingPreviews(),
            self.board,
            instrument_of=lambda _: None,
            accepted="",
            save_accepted=self.kept.append,
            brokers=brokers,
            missing_brokers=BROKERS[1:] if brokers else BROKERS,
            dotenv_found=dotenv,
        )
        self.panel = StartPanel(self.model, make_theme(scheme), RESOURCES, command_key=command_key)
        qtbot.addWidget(self.panel)
        self.panel.resize(1000, 460)
        self.panel.show()

    def words(self) -> str:
        labels = [label.text() for label in self.panel.findChildren(TextLabel) if label.isVisible()]
        flows = [flow.text() for flow in self.panel.findChildren(FlowText) if flow.isVisible()]
        return " | ".join(labels + flows)


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_page_says_where_orders_go_and_what_is_not_there(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    words = world.words()
    assert "You are trading on the built\u2010in simulator." in words
    assert "Alpaca, TD Ameritrade (Schwab), Interactive Brokers and TradeStation are not in this version." in words
    assert "Press Ctrl K, type this line" in words
    assert ".env" not in words
    assert world.panel.meaning().startswith("139 shares")
    assert access_gaps(world.panel) == []
    picture(world.panel, f"start-{scheme}")


def test_a_settings_file_gets_its_own_step(qtbot: QtBot) -> None:
    world = World(qtbot, dotenv=True)
    assert "are not used here" in world.words()
    picture(world.panel, "start-dotenv")


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_a_broker_and_a_settings_file_lead_to_their_dialogs(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme, dotenv=True, brokers=(("alpaca", "Alpaca"),))
    wanted: list[str] = []
    world.model.connect_wanted.connect(wanted.append)
    world.model.import_wanted.connect(lambda: wanted.append("import"))
    assert "Connect a broker when you like" in world.words()
    assert "TD Ameritrade (Schwab), Interactive Brokers and TradeStation are not in this version." in world.words()
    picture(world.panel, f"start-connect-{scheme}")
    assert access_gaps(world.panel) == []
    QTest.mouseClick(world.panel.broker_buttons["alpaca"], LEFT)
    QTest.mouseClick(world.panel.import_button, LEFT)
    assert wanted == ["alpaca", "import"]
    QTest.mouseClick(world.panel.leave_button, LEFT)
    assert "A settings file was found" not in world.words()


def test_the_example_goes_into_the_command_line(qtbot: QtBot) -> None:
    world = World(qtbot)
    wanted: list[str] = []
    world.model.command_wanted.connect(wanted.append)
    QTest.mouseClick(world.panel.example, LEFT)
    assert wanted == ["buy AAPL 0.25% stop 173.75 target 179.10"]


def test_without_a_quote_the_example_cannot_be_pressed(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.board.rows.clear()
    world.model.tick()
    assert not world.panel.example.isEnabled()
    assert "first quote" in world.panel.meaning()


def test_a_refusal_stands_under_the_example(qtbot: QtBot) -> None:
    locked = Verdict("state", "Entries", Outcome.DENY, "Entries are locked.")
    world = World(qtbot, previews=SizingPreviews(locked))
    assert world.panel.meaning() == "Not now: Entries are locked."


def test_the_legal_strip_goes_away_once_it_is_read(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.panel.read_button.isVisible()
    QTest.mouseClick(world.panel.read_button, LEFT)
    assert not world.panel.read_button.isVisible()
    assert world.kept == ["1"]


def test_the_whole_notice_opens_beside_the_desk_and_can_be_accepted_there(qtbot: QtBot) -> None:
    world = World(qtbot)
    QTest.mouseClick(world.panel.whole_button, LEFT)
    notice = world.panel.open_notice()
    assert notice.isVisible()
    assert not notice.isModal()
    QTest.mouseClick(notice.read_button, LEFT)
    assert not notice.isVisible()
    assert not world.model.legal_open


def test_a_notice_that_is_open_stops_asking_when_the_strip_is_pressed(qtbot: QtBot) -> None:
    world = World(qtbot)
    notice = world.panel.open_notice()
    QTest.mouseClick(world.panel.read_button, LEFT)
    assert not notice.read_button.isVisible()


def test_the_close_button_asks_to_be_hidden(qtbot: QtBot) -> None:
    world = World(qtbot)
    closed: list[int] = []
    world.model.closed.connect(lambda: closed.append(1))
    QTest.mouseClick(world.panel.close_button, LEFT)
    assert closed == [1]


def test_a_hidden_page_does_not_ask_for_previews(qtbot: QtBot) -> None:
    previews = SizingPreviews()
    world = World(qtbot, previews=previews)
    world.panel.hide()
    before = previews.asked
    world.model.tick()
    assert previews.asked == before
    world.panel.show()
    assert previews.asked > before


@pytest.mark.parametrize(
    ("size", "zoom"),
    [
        (QSize(1172, 494), 100),
        (QSize(840, 418), 100),
        (QSize(1000, 304), 100),
        (QSize(620, 300), 100),
        (QSize(1172, 494), 150),
    ],
)
def test_nothing_is_cut_at_the_sizes_of_the_layouts(qtbot: QtBot, size: QSize, zoom: int) -> None:
    world = World(qtbot, dotenv=True)
    world.panel.theme.set_look(replace(world.panel.theme.look, zoom=zoom))
    world.panel.resize(size)
    QApplication.processEvents()
    area = world.panel.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    page, seen = area.widget(), area.viewport()
    assert page is not None
    assert seen is not None
    assert page.width() <= seen.width()
    for label in world.panel.findChildren(TextLabel):
        need = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        assert label.height() >= need, label.text()
    for flow in world.panel.findChildren(FlowText):
        assert flow.height() >= flow.heightForWidth(flow.width()), flow.text()
    example = world.panel.example
    line = world.panel.theme.metrics(example.role, example.weight).horizontalAdvance(example.text())
    assert example.width() >= line + world.panel.theme.px(32)
    for button in (world.panel.read_button, world.panel.whole_button):
        assert button.visibleRegion().boundingRect().size() == button.size()
    picture(world.panel, f"start-{size.width()}x{size.height()}-{zoom}")


def test_hidden_money_is_hidden_here_too(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.panel.theme.set_look(replace(world.panel.theme.look, hide_money=True))
    assert "$24,397" not in world.panel.meaning()
    assert "139 shares" in world.panel.meaning()


def test_the_keyboard_lands_on_the_example_first(qtbot: QtBot) -> None:
    world = World(qtbot)
    widget, order = world.panel.nextInFocusChain(), []
    while widget is not None and widget is not world.panel:
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and world.panel.isAncestorOf(widget):
            order.append(widget)
        widget = widget.nextInFocusChain()
    panel = world.panel
    assert order == [panel.example, panel.close_button, panel.whole_button, panel.read_button]


def test_a_key_cap_is_not_parted_from_its_comma_and_the_height_follows_the_width(qtbot: QtBot) -> None:
    flow = FlowText(make_theme(), ("Press", Cap("Ctrl K", ","), "then go on with many more words to the end of it"))
    qtbot.addWidget(flow)
    assert flow.text().startswith("Press Ctrl K, then")
    assert flow.accessibleName() == flow.text()
    assert flow.heightForWidth(150) > flow.heightForWidth(600) > 0


@pytest.mark.parametrize(
    ("key", "words"), [("Alt Space", "Press Alt Space, type this line"), ("", "Click the command line above, type")]
)
def test_the_first_order_names_the_key_of_this_profile(qtbot: QtBot, key: str, words: str) -> None:
    assert words in World(qtbot, command_key=key).words()
