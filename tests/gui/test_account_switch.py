"""The window follows the account that is chosen: a second one at a broker, and back, with nothing left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.options import StartOptions
from legend_desktop.app.qt_loop import run_app
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.app.window_keeper import WindowKeeper
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.infra.paths import profile_paths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.services.connections import SIMULATOR_ID
from legend_desktop.views.main_window import MainWindow
from tests.fakes.alpaca.server import FakeAlpaca
from tests.helpers.waiting import until

Scenario = Callable[[WindowKeeper, FakeAlpaca], Awaitable[None]]


def play(folder: Path, scenario: Scenario) -> None:
    """Start the program on a fresh profile beside a fake Alpaca, run ``scenario``, end in order."""
    reporter = ErrorReporter()
    faults: list[str] = []

    async def main(stop: StopSignal) -> int:
        paths = profile_paths(folder / "profile")
        paths.create()
        settings = Settings(paths.settings_file)
        keeper = WindowKeeper(StartOptions(paths, settings, Redactor(), reporter, stop))
        async with FakeAlpaca() as fake:
            await keeper.open_first()
            reporter.tell(lambda row: faults.append(row.details))
            running = asyncio.ensure_future(keeper.run())
            try:
                await scenario(keeper, fake)
            finally:
                stop.request("done")
                await running
                await keeper.close()
                settings.close()
        return 0

    assert run_app(main, reporter=reporter) == 0
    assert not [row for row in faults if row], faults


def windows() -> list[MainWindow]:
    return [row for row in QApplication.topLevelWidgets() if isinstance(row, MainWindow) and row.isVisible()]


def another(keeper: WindowKeeper, before: MainWindow) -> bool:
    return keeper.desktop.window is not before


def open_now(keeper: WindowKeeper) -> bool:
    return keeper.desktop.setup.desk.core.context.risk.entries_open


async def add_alpaca(keeper: WindowKeeper, fake: FakeAlpaca) -> str:
    connections = keeper.accounts.connections
    values = {"api_key": fake.key, "api_secret": fake.secret, "base_url": fake.url}
    return (await connections.add(BrokerType.ALPACA, TradingMode.PAPER, "Alpaca", values)).id


def test_the_window_follows_to_the_broker_and_back(tmp_path: Path) -> None:
    async def scenario(keeper: WindowKeeper, fake: FakeAlpaca) -> None:
        await until(lambda: open_now(keeper), "the simulator trades")
        profile_id = await add_alpaca(keeper, fake)
        for wanted, name in ((profile_id, "Alpaca"), (SIMULATOR_ID, "Simulator"), (profile_id, "Alpaca")):
            before = keeper.desktop.window
            before.shell.choose_account(wanted)
            await until(partial(another, keeper, before), "another window")
            await until(lambda: len(windows()) == 1, "the old one is gone")
            await until(lambda: open_now(keeper), f"{name} trades")
            assert name in windows()[0].windowTitle()
            assert [row.current for row in keeper.desktop.parts.shell.accounts].count(True) == 1
        entry = keeper.desktop.setup.desk.core.context
        assert entry.broker.broker is BrokerType.ALPACA
        assert entry.account is not None

    play(tmp_path, scenario)


def test_real_money_is_a_desk_of_its_own_that_is_asked_for_in_words(tmp_path: Path) -> None:
    async def scenario(keeper: WindowKeeper, fake: FakeAlpaca) -> None:
        await until(lambda: open_now(keeper), "the simulator trades")
        async with FakeAlpaca(live=True) as real:
            values = {"api_key": real.key, "api_secret": real.secret, "base_url": real.url}
            paper = keeper.accounts
            profile = await paper.connections.add(BrokerType.ALPACA, TradingMode.LIVE, "Alpaca", values)
            assert [row.id for row in paper.connections.profiles] == [SIMULATOR_ID], "not among the paper accounts"
            with pytest.raises(InvalidInput):
                await paper.connections.connect(profile.id)
            model = keeper.desktop.parts.connections
            assert model is not None
            model.go_live()
            model.live_desk.type_words("sure")
            model.live_desk.confirm()
            assert not model.live_desk.ready
            before = keeper.desktop.window
            model.live_desk.type_words("Real money")
            model.live_desk.confirm()
            await until(partial(another, keeper, before), "another window")
            await until(lambda: len(windows()) == 1, "the paper window is gone")
            await until(lambda: open_now(keeper), "the live account trades")
            assert windows()[0].windowTitle().startswith("LIVE")
            assert paper.connections.sessions == ()
            assert not paper.store.is_open
            assert keeper.accounts.store.mode is TradingMode.LIVE
            assert keeper.desktop.setup.broker.mode is TradingMode.LIVE
            assert not keeper.desktop.parts.arming.armed
            assert [row.mode for row in keeper.accounts.connections.profiles] == [TradingMode.LIVE]
            live = keeper.desktop.window
            keeper.wish("", TradingMode.PAPER)
            await until(partial(another, keeper, live), "the paper desk again")
            await until(lambda: open_now(keeper), "the simulator trades again")
            assert windows()[0].windowTitle().startswith("PAPER")

    play(tmp_path, scenario)
