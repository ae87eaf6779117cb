import asyncio
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from legend_desktop.domain.events import AccountChanged, PositionsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.account import AccountViewModel
from legend_desktop.views.panels.account import AccountPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.value_row import ValueRow
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.builders import NOON, Desk, account, intent, position, quote, raise_report


class World(Desk):
    def __init__(self, qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> None:
        super().__init__()
        self.clock = FakeClock(NOON)
        self.quotes = QuoteBoard(self.clock, raise_report)
        self.theme = make_theme(scheme)
        self.panel = AccountPanel(AccountViewModel(self.book, self.quotes, self.bus, self.clock), self.theme)
        qtbot.addWidget(self.panel)
        self.panel.resize(292, 248)
        self.panel.show()

    def words(self) -> str:
        return " ".join(span.text for span in self.panel.summary())


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_the_figures_of_the_picture(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.bus.publish(AccountChanged(account()))
    world.bus.publish(
        PositionsChanged((position("MSFT", "60", "418.20", "423.18"), position("AMD", "110", "163.48", "162.91")), NOON)
    )
    row = world.panel.row
    assert row("equity").value_text() == "$104,486.29"
    assert row("day").value_text() == "+$428.35 +0.41\u202f%"
    assert row("short").value_text() == "−$17,463.00"
    assert row("power").value_text() == "$304,990.51"
    assert row("movers").value_text() == "MSFT +1.19\u202f% AMD −0.35\u202f%"
    assert world.words() == "Simulator, 10:42:17"
    assert access_gaps(world.panel) == []
    picture(world.panel, f"account-{scheme}")


def test_missing_figures_are_dashes_with_a_reason(qtbot: QtBot) -> None:
    world = World(qtbot)
    assert world.panel.row("equity").value_text() == "—"
    world.bus.publish(AccountChanged(account(realized_pl_today=None)))
    row = world.panel.row("realised")
    assert row.value_text() == "—"
    assert "realised" in row.toolTip()


def test_old_figures_are_announced_in_the_title(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.bus.publish(AccountChanged(account()))
    asyncio.run(world.clock.advance(29))
    world.panel.refresh()
    assert world.words() == "as of 10:42:17, 29 s old"
    assert world.panel.summary()[0].ink == "warning"
    picture(world.panel, "account-stale")


def test_an_unknown_order_adds_two_lines_and_its_end_takes_them_away(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.quotes.put(quote("AAPL", "175.50", "175.52"))
    world.bus.publish(AccountChanged(account(buying_power=Decimal("415428.16"))))
    world.create(intent("o1", quantity="126"))
    world.happen("o1", OrderEventKind.SENT)
    world.happen("o1", OrderEventKind.AMBIGUOUS)
    assert world.panel.row("unknown").value_text() == "−$22,115.52"
    assert world.panel.row("free").value_text() == "$393,312.64"
    picture(world.panel, "account-unknown")
    world.happen("o1", OrderEventKind.ABSENT)
    with pytest.raises(KeyError):
        world.panel.row("free")


def test_the_foot_lists_gainers_and_losers(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.panel.resize(292, 330)
    world.bus.publish(AccountChanged(account()))
    held = (
        position("JPM", "90", "238.40", "239.22"),
        position("MSFT", "60", "418.20", "423.18"),
        position("AMD", "110", "163.48", "162.91"),
    )
    world.bus.publish(PositionsChanged(held[1:], NOON))
    QApplication.processEvents()
    assert [label for label in world.panel.findChildren(TextLabel) if label.isVisible()] == []
    world.bus.publish(PositionsChanged(held, NOON))
    QApplication.processEvents()
    labels = [label.text() for label in world.panel.findChildren(TextLabel) if label.isVisible()]
    assert labels == ["Top gainers", "Top losers"]
    shown = [row.accessibleName() for row in world.panel.findChildren(ValueRow) if row.isVisible()]
    assert [words.replace("\u202f", " ") for words in shown[-4:]] == [
        "Best and worst: MSFT +1.19 % AMD −0.35 %",
        "MSFT: +$298.80 +1.19 %",
        "JPM: +$73.80 +0.34 %",
        "AMD: −$62.70 −0.35 %",
    ]
    picture(world.panel, "account-movers")
