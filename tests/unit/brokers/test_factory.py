"""The door to the brokers."""

import pytest

from legend_desktop.brokers.base import BrokerType
from legend_desktop.brokers.factory import BrokerFactory, broker_type, supported_brokers
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import InvalidInput, NotSupported
from tests.fakes.clock import FakeClock
from tests.unit.brokers.simulator.rig import d

THERE = (BrokerType.SIMULATOR, BrokerType.ALPACA)


@pytest.mark.parametrize("name", [BrokerType.SIMULATOR, "simulator", " Simulator "])
async def test_the_simulator_is_made_by_enum_or_name_and_used_with_async_with(name: BrokerType | str) -> None:
    broker = BrokerFactory.create(broker_type=name, credentials={}, clock=FakeClock(), seed=3)
    async with broker:
        account = await broker.get_account()
    assert (account.account_id, account.broker, account.mode) == ("SIM-0001", BrokerType.SIMULATOR, TradingMode.PAPER)
    assert (account.cash, account.equity, account.buying_power) == (d(100_000), d(100_000), d(400_000))


async def test_without_a_clock_it_runs_on_the_systems_own() -> None:
    async with BrokerFactory.create() as broker:
        assert (await broker.get_quote("AAPL")).last is not None


@pytest.mark.parametrize("name", [kind for kind in BrokerType if kind not in THERE])
def test_brokers_that_are_not_there_say_what_is(name: BrokerType) -> None:
    with pytest.raises(NotSupported, match="is not part of this version; what it has is: Simulator, Alpaca"):
        BrokerFactory.create(name, {"api_key": "k"})


@pytest.mark.parametrize("paper", [True, False])
def test_alpaca_is_made_from_its_two_keys_in_either_mode(paper: bool) -> None:
    broker = BrokerFactory.create("alpaca", {"api_key": "PKX", "api_secret": "secret-1"}, paper_trading=paper)
    assert broker.broker is BrokerType.ALPACA
    assert broker.mode is (TradingMode.PAPER if paper else TradingMode.LIVE)
    assert "secret-1" not in repr(broker)
    with pytest.raises(InvalidInput, match="needs a secret key"):
        BrokerFactory.create("alpaca", {"api_key": "PKX"}, paper_trading=paper)


def test_the_simulator_is_never_live() -> None:
    with pytest.raises(NotSupported, match="made-up money only"):
        BrokerFactory.create("simulator", paper_trading=False)


def test_unknown_names_and_options_are_named() -> None:
    with pytest.raises(InvalidInput, match="no broker called robinhood"):
        broker_type("robinhood")
    with pytest.raises(InvalidInput, match="no option sead"):
        BrokerFactory.create("simulator", sead=3)
    with pytest.raises(InvalidInput, match="not both"):
        BrokerFactory.create("simulator", config=SimulatorConfig(), seed=3)


def test_the_list_of_brokers_has_every_name_and_its_state() -> None:
    rows = supported_brokers()
    assert {row.broker for row in rows} == set(BrokerType)
    assert [(row.broker, row.paper, row.live) for row in rows if row.available] == [
        (BrokerType.SIMULATOR, True, False),
        (BrokerType.ALPACA, True, True),
    ]
    assert {row.broker for row in BrokerFactory.login_forms()} == set(THERE) - {BrokerType.SIMULATOR}
    assert rows[0].available
    assert all(row.note for row in rows)
    assert BrokerFactory.supported_brokers() == rows
