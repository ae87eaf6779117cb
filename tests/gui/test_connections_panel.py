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
            assert screen.panel.area.widget().width() <= width
        screen.model.choose("alpaca2")
        screen.size(1280, 740)
        picture(screen.panel, f"connections-{scheme}-old-keys")
        screen.size(292, 760)
        picture(screen.panel, f"connections-{scheme}-292-old-keys")
        assert access_gaps(screen.panel) == []
