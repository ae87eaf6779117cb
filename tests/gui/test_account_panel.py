import asyncio
from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.events import AccountChanged, PositionsChanged, RoundTripsChanged
from legend_desktop.domain.order_state import OrderEventKind
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.domain.session import trading_day
from legend_desktop.domain.trade_stats import trade_stats
from legend_desktop.services.quote_board import QuoteBoard
from legend_desktop.viewmodels.account import AccountViewModel
from legend_desktop.views.panels.account import AccountPanel
from legend_desktop.views.panels.account_trades import ClosedTrades, TradeRow
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from legend_desktop.views.widgets.labels import TextLabel
from legend_desktop.views.widgets.scroll import InsetScroll
from legend_desktop.views.widgets.value_row import ValueRow
from tests.fakes.clock import FakeClock
from tests.gui.panel_world import make_theme, picture
from tests.unit.viewmodels.builders import NOON, Desk, account, intent, later, position, quote, raise_report


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
        "Best, worst: MSFT +1.19 % AMD −0.35 %",
        "MSFT: +$298.80 +1.19 %",
        "JPM: +$73.80 +0.34 %",
        "AMD: −$62.70 −0.35 %",
    ]
    picture(world.panel, "account-movers")


def closed(symbol: str, shares: str, profit: str, risk: str | None, side: OrderSide = OrderSide.BUY) -> RoundTripRecord:
    """A trade of half an hour that ended now."""
    gain = Decimal(profit) / Decimal(shares) * side.sign
    return RoundTripRecord(
        symbol,
        side,
        later(-1800),
        Decimal(shares),
        Decimal("175.50"),
        (),
        NOON,
        Decimal("175.50") + gain,
        Decimal(profit),
        Decimal("0.42"),
        None if risk is None else Decimal(risk),
        Decimal("-40.10"),
        Decimal("310.50"),
    )


TRADES = (
    closed("AAPL", "116", "178.64", "205.32"),
    closed("NVDA", "60", "-203.40", "202.80"),
    closed("XOM", "1500", "2431.36", "1832.00", OrderSide.SELL),
    closed("KO", "200", "-0.00", None),
)


def told(trades: tuple[RoundTripRecord, ...], multiples: list[float], *, without: int = 0) -> RoundTripsChanged:
    return RoundTripsChanged(trading_day(NOON), trades, trade_stats(multiples), without, Decimal("206.60"))


def shown(world: World) -> list[str]:
    """Every row under the figures, as a screen reader says it."""
    rows = [row for row in world.panel.findChildren(ClosedTrades)[0].findChildren(QWidget) if row.accessibleName()]
    return [row.accessibleName().replace("\u202f", " ") for row in rows]


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_trades_that_ended_today_are_listed_newest_first_with_r_and_money(qtbot: QtBot, scheme: Scheme) -> None:
    world = World(qtbot, scheme)
    world.panel.resize(292, 480)
    world.bus.publish(AccountChanged(account()))
    world.bus.publish(told(TRADES, [0.87, -1.0, 1.33], without=1))
    QApplication.processEvents()
    assert world.panel.row("closed").value_text() == "4 trades, 2 won"
    assert world.panel.row("expectancy").value_text() == "+0.40 R few trades, n 3"
    assert shown(world) == [
        "KO Long 200: — $0.00",
        "XOM Short 1,500: +1.33 R +$2,431.36",
        "NVDA Long 60: −1.00 R −$203.40",
        "AAPL Long 116: +0.87 R +$178.64",
        "Win rate: 67 % 2 of 3",
        "Payoff: 1.10",
        "Profit factor: 2.20",
        "System quality (SQN): needs 30 trades, has 3",
        "Without R: 1 trade",
    ]
    picture(world.panel, f"account-trades-{scheme}")
    assert access_gaps(world.panel) == []


def test_a_trade_tells_its_story_in_the_tool_tip(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.bus.publish(AccountChanged(account()))
    world.bus.publish(told(TRADES[2:], [1.33]))
    bare, short = world.panel.findChildren(TradeRow)
    assert short.toolTip() == (
        "Sold 23 Nov 10:12 at 175.5000, bought back 23 Nov 10:42 at 173.8791. Fees $0.42 are counted. "
        "On the way −$40.10 at worst, +$310.50 at best. Initial risk $1,832.00."
    )
    assert bare.toolTip().endswith("No R: an entry had no planned stop.")


def test_thirty_trades_have_a_quality_number_and_a_day_with_many_lists_the_last(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.panel.resize(292, 620)
    world.bus.publish(AccountChanged(account()))
    world.bus.publish(told(TRADES[:1] * 36, [0.87, -1.0, 1.33] * 12))
    labels = [label.text() for label in world.panel.findChildren(ClosedTrades)[0].findChildren(TextLabel)]
    assert labels == ["Closed today, last 10 of 36", "All closed trades, n 36"]
    assert world.panel.row("expectancy").value_text() == "+0.40 R n 36"
    assert shown(world)[-1] == "System quality (SQN): 2.35"
    picture(world.panel, "account-many-trades")


def test_trades_that_close_in_one_go_open_no_windows(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.bus.publish(AccountChanged(account()))
    for count in (1, 2, 3):
        world.bus.publish(told(TRADES[:count], [0.87] * count))
    opened: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                opened.append(type(watched).__name__)
            return False

    watch = Watch()
    application = QApplication.instance()
    assert application is not None
    application.installEventFilter(watch)
    QApplication.processEvents()
    application.removeEventFilter(watch)
    assert opened == []


def test_without_a_trade_the_reason_stands_in_the_tool_tip(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.bus.publish(AccountChanged(account()))
    world.bus.publish(told((), []))
    row = world.panel.row("expectancy")
    assert (row.value_text(), row.toolTip()) == ("—", "No trade has been closed yet.")
    assert world.panel.row("closed").value_text() == "0 trades"
    assert shown(world) == []
    world.bus.publish(told(TRADES[3:], [], without=1))
    assert row.toolTip() == "No closed trade has an R: their entries had no planned stop."
    assert shown(world) == ["KO Long 200: — $0.00"]


def test_tomorrow_the_list_is_empty_and_the_figures_stay(qtbot: QtBot) -> None:
    world = World(qtbot)
    model = AccountViewModel(world.book, world.quotes, world.bus, world.clock)
    world.bus.publish(AccountChanged(account(realized_pl_today=None)))
    world.bus.publish(told(TRADES, [0.87]))
    realised = next(line for line in model.lines() if line.key == "realised")
    assert realised.value == Decimal("206.60")
    assert "own fills" in realised.hint
    world.clock.jump(86_400)
    model.tick()
    assert model.closed_today == ()
    assert next(line for line in model.lines() if line.key == "realised").value == 0
    assert model.trade_stats is not None
    model.close()


def test_figures_stand_where_they_stood_when_the_panel_gets_too_low(qtbot: QtBot) -> None:
    world = World(qtbot)
    world.panel.resize(292, 600)
    world.bus.publish(AccountChanged(account()))
    QApplication.processEvents()
    row = world.panel.row("equity")
    area = world.panel.findChild(InsetScroll)
    assert isinstance(area, InsetScroll)
    bar = area.verticalScrollBar()
    assert not bar.isVisible()
    edge = row.mapTo(world.panel, row.rect().topRight()).x()
    world.panel.resize(292, 120)
    QApplication.processEvents()
    assert bar.isVisible()
    assert row.mapTo(world.panel, row.rect().topRight()).x() == edge
    assert bar.mapTo(world.panel, bar.rect().topLeft()).x() > edge  # and the bar lies beside them
    bar.setValue(bar.maximum())
    assert world.panel.row("start").visibleRegion().isEmpty() is False
