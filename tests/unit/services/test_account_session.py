"""A session opens, waits for a broker that is away, stands still where a person is needed, and ends."""

import asyncio

from legend_desktop.brokers.simulator.faults import FailRead
from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, OrderState, TradingMode
from legend_desktop.services.account_session import AccountSession, SessionState
from tests.fakes.clock import START
from tests.faults.world import World, a_world

PROFILE = ConnectionProfile("simulator", BrokerType.SIMULATOR, TradingMode.PAPER, "Simulator", START)


def state_of(session: AccountSession) -> SessionState:
    return session.state


def session_of(world: World) -> AccountSession:
    desk = world.desk
    return AccountSession(PROFILE, desk.core.context.broker, desk, desk.bus, desk.supervisor)


async def test_it_waits_for_a_broker_that_is_away_and_then_trades() -> None:
    async with a_world(started=False) as world:
        session = session_of(world)
        seen: list[tuple[SessionState, str]] = []
        session.on_change = lambda: seen.append((session.state, session.problem))
        world.faults.on("get_clock", FailRead("The broker does not answer"), nth=None)
        task = asyncio.ensure_future(session.open())
        await world.run(5)
        assert state_of(session) in {SessionState.LOST, SessionState.OPENING}
        assert "does not answer" in session.problem
        assert not world.context.risk.entries_open
        assert sum("does not answer" in row for row in world.notices()) == 1, "said once, not with every try"
        world.faults.clear()
        await world.run(60)
        await task
        assert state_of(session) is SessionState.OPEN
        assert session.problem == ""
        assert session.reconciled is not None
        await world.quote(175.50, 175.52)
        assert (await world.place(10)).state is OrderState.FILLED
        assert seen[0][0] is SessionState.OPENING


async def test_a_refused_login_waits_for_the_person_and_may_be_opened_again() -> None:
    async with a_world(started=False) as world:
        session = session_of(world)
        world.faults.on("get_clock", FailRead("The key is wrong", login=True))
        await world.do(session.open())
        assert state_of(session) is SessionState.LOGIN_NEEDED
        assert "The key is wrong" in session.problem
        assert world.alarms["login"].action == "panel.connections"
        await world.do(session.open())
        assert state_of(session) is SessionState.OPEN
        assert "login" not in world.alarms
