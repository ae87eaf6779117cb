"""The Connections panel and its dialogs: readable at every width, by keyboard, and honest about what is not there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from legend_desktop.brokers.alpaca.abilities import capabilities_of as alpaca_capabilities
from legend_desktop.brokers.alpaca.config import AlpacaConfig
from legend_desktop.brokers.simulator.abilities import capabilities_of
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.infra.dotenv_file import read_dotenv
from legend_desktop.services.account_session import SessionState
from legend_desktop.services.connections import SIMULATOR_ID
from legend_desktop.viewmodels.connections import ConnectionsViewModel
from legend_desktop.viewmodels.env_import import EnvFiles
from legend_desktop.views.panels.connections import ConnectionsPanel
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.fakes.connections import (
    BAD_CHECKS,
    KEYS,
    ConnectionWorld,
    MemoryProfiles,
    MemoryVault,
    alpaca_profile,
    busy_line,
)
from tests.gui.panel_world import cells, clipped, make_theme, picture

NAMES = {
    "alpaca.api_key": ("ALPACA_API_KEY",),
    "alpaca.api_secret": ("ALPACA_API_SECRET",),
    "td_ameritrade.api_key": ("TD_AMERITRADE_API_KEY",),
    "broker.default": ("DEFAULT_BROKER",),
    "broker.paper_trading": ("BROKER_PAPER_TRADING",),
}
LEFT = Qt.MouseButton.LeftButton


class Screen:
    """The panel over a world of connections."""

    def __init__(self, qtbot: QtBot, world: ConnectionWorld, scheme: Scheme, env: Path | None = None) -> None:
        self.world = world
        files = EnvFiles(read_dotenv, NAMES, env) if env is not None else None
        able = {
            "Simulator": capabilities_of(SimulatorConfig()),
            "Alpaca": alpaca_capabilities(AlpacaConfig.from_credentials(KEYS, TradingMode.PAPER)),
        }
        self.model = ConnectionsViewModel(
            world.connections,
            world.clock,
            world.supervisor,
            capabilities=lambda: able,
            name_of=lambda broker: broker.value.title(),
            env_files=files,
        )
        self.panel = ConnectionsPanel(self.model, make_theme(scheme), reconcile_key="Ctrl F5")
        qtbot.addWidget(self.panel)
        self.size(1280, 740)
        self.panel.show()

    def size(self, width: int, height: int) -> None:
        self.panel.resize(width, height)
        QApplication.processEvents()


@asynccontextmanager
async def a_screen(
    qtbot: QtBot,
    *,
    scheme: Scheme = Scheme.DARK,
    env: Path | None = None,
    vault: MemoryVault | None = None,
    alone: bool = False,
    mode: TradingMode = TradingMode.PAPER,
) -> AsyncIterator[Screen]:
    """The simulator traded, one Alpaca account open, one not, and a live one; or the simulator alone."""
    rows = [
        alpaca_profile("alpaca1", days_old=12),
        alpaca_profile("alpaca2", number="PA30936", label="Swing account", days_old=201),
        alpaca_profile("alpaca3", mode=TradingMode.LIVE, number="A8802", label="Alpaca", days_old=40),
    ]
    world = ConnectionWorld(mode, MemoryProfiles(*([] if alone else rows)), vault or MemoryVault())
    await world.load()
    if mode is TradingMode.PAPER:
        await world.trade()
    screen = Screen(qtbot, world, scheme, env)
    try:
        yield screen
    finally:
        screen.model.dispose()
        await world.stop()


async def a_morning(screen: Screen) -> None:
    """Two accounts in use, one of them silent, and what was said of them."""
    world = screen.world
    first = await world.open("alpaca1")
    second = await world.open("alpaca2")
    world.line("alpaca1", busy_line(world.clock))
    world.line("alpaca2", busy_line(world.clock, silent=True))
    for session, level, sentence in (
        (first, NoticeLevel.GOOD, "Key accepted. The account ending 4417 is paper, as this desk demands."),
        (first, NoticeLevel.GOOD, "Reconciled: 6 orders, 5 positions, 11 executions. No differences."),
        (second, NoticeLevel.WARNING, "The keys are 201 days old. Renew them."),
        (second, NoticeLevel.ERROR, "Order stream silent for 30 s. It was cut on purpose, a new one opens."),
    ):
        session.bus.publish(Notice(world.clock.now(), level, "Connection", sentence))
        await world.clock.advance(0.5)
    world.line("alpaca1", busy_line(world.clock))
    world.line("alpaca2", busy_line(world.clock, silent=True))
    screen.model.choose("alpaca1")
    screen.model.tick()
    QApplication.processEvents()


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_every_width_is_readable(qtbot: QtBot, scheme: Scheme) -> None:
    async with a_screen(qtbot, scheme=scheme) as screen:
        await a_morning(screen)
        for width, height in ((1280, 740), (1920, 1000), (990, 330), (700, 700), (292, 760)):
            screen.size(width, height)
            picture(screen.panel, f"connections-{scheme}-{width}")
            assert clipped(screen.panel.table, but=("broker", "meaning", "login")) == [], width
            assert screen.panel.account.width() <= width
        screen.model.choose("alpaca2")
        screen.size(1280, 740)
        picture(screen.panel, f"connections-{scheme}-old-keys")
        screen.size(292, 760)
        picture(screen.panel, f"connections-{scheme}-292-old-keys")
        assert access_gaps(screen.panel) == []


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_the_simulator_alone_offers_what_to_do(qtbot: QtBot, scheme: Scheme, tmp_path: Path) -> None:
    async with a_screen(qtbot, scheme=scheme, alone=True, env=tmp_path / ".env") as screen:
        assert "Only the built-in simulator is here." in screen.panel.empty.text()
        assert screen.panel.connect_button.isVisible()
        assert screen.panel.import_button.isVisible()
        picture(screen.panel, f"connections-alone-{scheme}")
        screen.size(292, 700)
        picture(screen.panel, f"connections-alone-{scheme}-292")


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_a_broker_is_checked_and_connected_from_the_dialog(qtbot: QtBot, scheme: Scheme) -> None:
    async with a_screen(qtbot, scheme=scheme, alone=True) as screen:
        QTest.mouseClick(screen.panel.connect_button, LEFT)
        dialog = screen.panel.dialogs.adding
        assert dialog is not None
        assert not dialog.isModal()
        assert not dialog.check_button.isEnabled()
        picture(dialog, f"add-broker-{scheme}")
        secret = dialog.fields["api_secret"]
        assert isinstance(secret, QLineEdit)
        assert secret.echoMode() is QLineEdit.EchoMode.Password
        for name, text in KEYS.items():
            QTest.keyClicks(dialog.fields[name], text)
        QTest.keyClick(dialog.fields["api_secret"], Qt.Key.Key_Return)
        await screen.world.settle()
        assert [row.split(" ")[0] for row in dialog.checks.texts()] == ["Reachable", "Keys", "Clock", "Market"]
        assert dialog.verdict.isVisible()
        picture(dialog, f"add-broker-checked-{scheme}")
        assert access_gaps(dialog) == []
        QTest.keyClick(dialog.fields["api_secret"], Qt.Key.Key_Return)
        await screen.world.settle()
        assert not dialog.isVisible()
        assert secret.text() == ""
        assert [row[0] for row in cells(screen.panel.table, "broker")] == ["Simulator\nSIM-0001", "Alpaca\nending 4417"]
        assert screen.model.chosen == screen.world.profiles.rows[0].id


async def test_a_refused_login_stands_in_the_dialog_and_nothing_is_saved(qtbot: QtBot) -> None:
    async with a_screen(qtbot, alone=True, vault=MemoryVault(lasting=False)) as screen:
        screen.world.checks = BAD_CHECKS
        screen.model.add()
        dialog = screen.panel.dialogs.adding
        assert dialog is not None
        QTest.keyClicks(dialog.fields["api_key"], "PKWRONG")
        QTest.keyClicks(dialog.fields["api_secret"], "nothing")
        QTest.mouseClick(dialog.mode.button("live"), LEFT)
        QTest.mouseClick(dialog.fold, LEFT)
        assert dialog.fields["base_url"].isVisible()
        picture(dialog, "add-broker-unfolded")
        QTest.mouseClick(dialog.check_button, LEFT)
        await screen.world.settle()
        assert "Make a new paper key." in dialog.verdict.text()
        picture(dialog, "add-broker-refused")
        QTest.mouseClick(dialog.save_button, LEFT)
        await screen.world.settle()
        assert "Alpaca refuses these keys." in dialog.verdict.text()
        assert screen.world.profiles.rows == []
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert not screen.model.adding.is_open


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_a_file_is_imported_and_may_be_deleted(qtbot: QtBot, scheme: Scheme, tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(
        "ALPACA_API_KEY=PKGOOD\nALPACA_API_SECRET=hush-hush-secret\nTD_AMERITRADE_API_KEY=x\nDEFAULT_BROKER=alpaca\nOTHER=1\n"
    )
    env.chmod(0o644)
    async with a_screen(qtbot, scheme=scheme, alone=True, env=env) as screen:
        QTest.mouseClick(screen.panel.import_button, LEFT)
        dialog = screen.panel.dialogs.importing
        assert dialog is not None
        await screen.world.settle()
        words = " ".join(dialog.found.texts())
        assert "ALPACA_API_KEY, ALPACA_API_SECRET" in words
        assert "hush" not in words
        assert dialog.warning.isVisible()
        picture(dialog, f"env-{scheme}")
        assert access_gaps(dialog) == []
        QTest.mouseClick(dialog.import_button, LEFT)
        await screen.world.settle()
        assert "Alpaca, account ending 4417, is connected." in dialog.results.texts()[0]
        picture(dialog, f"env-done-{scheme}")
        assert screen.world.defaults == [screen.world.profiles.rows[0].id]
        QTest.mouseClick(dialog.delete_button, LEFT)
        await screen.world.settle()
        assert not env.exists()
        assert "not a secure erase" in " ".join(dialog.results.texts())


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
async def test_the_live_desk_needs_an_account_and_two_words(qtbot: QtBot, scheme: Scheme) -> None:
    async with a_screen(qtbot, scheme=scheme) as screen:
        wanted: list[tuple[str, str]] = []
        screen.model.mode_wanted.connect(lambda profile_id, mode: wanted.append((profile_id, mode)))
        QTest.mouseClick(screen.panel.mode_button, LEFT)
        card = screen.panel.dialogs.live
        assert card is not None
        assert not card.open_button.isEnabled()
        QTest.keyClicks(card.words, "real mone")
        QTest.keyClick(card.words, Qt.Key.Key_Return)
        assert wanted == []
        picture(card, f"live-{scheme}")
        QTest.keyClicks(card.words, "y")
        assert card.open_button.isEnabled()
        assert access_gaps(card) == []
        QTest.mouseClick(card.open_button, LEFT)
        assert wanted == [("alpaca3", "live")]
        assert not card.isVisible()


async def test_a_live_desk_offers_the_way_back_and_asks_first(qtbot: QtBot) -> None:
    async with a_screen(qtbot, scheme=Scheme.LIGHT, mode=TradingMode.LIVE) as screen:
        await screen.world.trade("alpaca3")
        screen.model.tick()
        wanted: list[tuple[str, str]] = []
        screen.model.mode_wanted.connect(lambda profile_id, mode: wanted.append((profile_id, mode)))
        QTest.mouseClick(screen.panel.mode_button, LEFT)
        assert wanted == []
        assert screen.panel.account.question.isVisible()
        picture(screen.panel, "connections-live")
        screen.model.answer(True)
        assert wanted == [("", "paper")]


async def test_questions_and_refusals_stand_where_they_were_asked(qtbot: QtBot) -> None:
    async with a_screen(qtbot) as screen:
        session = await screen.world.open("alpaca1")
        screen.panel.table.select_key("alpaca1")
        QTest.mouseClick(screen.panel.account.buttons["disconnect"], LEFT)
        assert "Disconnect Alpaca, ending 4417?" in screen.panel.account.question.text()
        assert not screen.panel.account.buttons["disconnect"].isEnabled()
        picture(screen.panel, "connections-question")
        screen.panel.hide()
        screen.panel.show()
        assert not screen.panel.account.question.isVisible()
        session.state, session.problem = SessionState.LOGIN_NEEDED, "Alpaca refuses the key (403)."
        screen.world.checks = BAD_CHECKS
        screen.model.test_chosen()
        await screen.world.settle()
        assert "Alpaca refuses the key (403)." in screen.panel.login.trouble.text()
        assert len(screen.panel.login.checks.texts()) == 3
        picture(screen.panel, "connections-refused")


async def test_a_row_is_chosen_by_keyboard_and_offers_its_actions(qtbot: QtBot) -> None:
    async with a_screen(qtbot) as screen:
        screen.panel.table.select_key(SIMULATOR_ID)
        screen.panel.table.setFocus()
        QTest.keyClick(screen.panel.table, Qt.Key.Key_Down)
        assert screen.model.chosen == "alpaca1"
        assert screen.panel.table.row_actions is not None
        offered = screen.panel.table.row_actions(screen.panel.table.selected_row())
        assert [row.text() for row in offered] == [
            "Trade this account",
            "Connect",
            "Test the connection",
            "Renew keys…",
            "Make default",
            "Remove…",
        ]


async def test_ages_move_with_the_clock_while_the_panel_is_seen(qtbot: QtBot) -> None:
    async with a_screen(qtbot) as screen:
        await a_morning(screen)
        assert cells(screen.panel.table, "quotes")[1] == ("0.1 s",)
        screen.world.clock.jump(3)
        screen.model.tick()
        assert cells(screen.panel.table, "quotes")[1] == ("3.1 s",)
        screen.panel.hide()
        screen.world.clock.jump(timedelta(seconds=4).total_seconds())
        screen.model.tick()
        assert cells(screen.panel.table, "quotes")[1] == ("3.1 s",)
