"""Keys that end, belong elsewhere or are echoed: the desk stands still, says why and keeps them to itself."""

import pytest

from legend_desktop.brokers.errors import AuthExpired
from legend_desktop.domain.enums import ConnectionState, OrderState, OrderType
from legend_desktop.domain.errors import InvalidInput, OrderDenied
from legend_desktop.services.risk_state import LINE
from tests.fakes.clock import FakeClock
from tests.faults.alpaca_invariants import check, check_secrets, check_settled
from tests.faults.alpaca_world import (
    ORDERS,
    an_alpaca,
    an_alpaca_world,
    built,
)

S = OrderState
LIMIT = OrderType.LIMIT


@pytest.mark.parametrize("when", ["start", "running"])
async def test_case_52_other_account_behind_the_keys_is_a_hard_stop(when: str) -> None:
    async with an_alpaca_world() as world:
        pinned = world.broker.account_id
        await world.place(100)
        posts = world.posts
        world.fake.levers.change_account_id()
        if when == "start":
            with pytest.raises(AuthExpired, match="another Alpaca account"):
                await built(world.fake, world.clock, account_id=pinned)
        await world.run(12, 0.5)
        assert not world.context.risk.entries_open
        await world.fresh()
        with pytest.raises(OrderDenied):
            await world.do(world.trading.place_order(world.terms(kind=LIMIT, limit=174)))
        assert world.posts == posts, "nothing goes into an account that nobody chose"
        await check(world)


async def test_case_13_revoked_keys_lock_entries_say_so_and_are_not_tried_for_ever() -> None:
    async with an_alpaca_world() as world:
        order = await world.resting()
        world.fake.levers.revoke_keys()
        await world.run(15, 0.5)
        assert world.context.risk.has(LINE)
        assert "login has ended" in world.alarms["login"].fact
        assert world.desk.core.connection.state is ConnectionState.LOGIN_ENDED
        assert world.state(order)[0] is S.WORKING, "what rests there is kept as it was"
        await check(world)
        world.fake.levers.restore_keys()
        world.desk.core.connection.try_now()
        await world.run(30, 0.5)
        assert "login" not in world.alarms
        assert not world.context.risk.has(LINE)
        await check_settled(world)


async def test_case_84_live_keys_in_a_paper_profile_are_refused_in_words() -> None:
    clock = FakeClock()
    async with an_alpaca(clock) as fake:
        with pytest.raises(AuthExpired) as refused:
            await built(fake, clock, api_key="AKLIVEKEY00000000001", api_secret="the-secret-of-a-live-account")
        assert "They look like keys of a live account." in refused.value.advice
        assert "AKLIVEKEY" not in refused.value.sentence
        assert not fake.state.requests


async def test_case_84_paper_profile_never_talks_to_the_live_host() -> None:
    clock = FakeClock()
    async with an_alpaca(clock) as fake:
        with pytest.raises(InvalidInput) as refused:
            await built(fake, clock, base_url="https://api.alpaca.markets")
        assert refused.value.code == "host_not_allowed"


@pytest.mark.parametrize("where", ["answer", "header", "stream", "upgrade"])
async def test_case_86_keys_that_alpaca_echoes_are_taken_out_everywhere(where: str) -> None:
    async with an_alpaca_world() as world:
        echo = f"key {world.fake.key} secret {world.fake.secret} is unhappy"
        if where == "answer":
            for number, status in enumerate((422, 403, 500, 418)):
                world.fault("status", "POST", ORDERS, status=status, body={"code": 42210000, "message": echo})
                await world.resting(170 + number)
                await world.run(20)
            assert sum("•••" in row.reason for row in world.orders) == 3, "and the words around them are kept"
        elif where == "header":
            world.fault("redirect", "POST", ORDERS, location=f"http://127.0.0.1/{world.fake.secret}")
            await world.resting()
        elif where == "stream":
            order = await world.resting()
            world.fake.levers.reject(world.there(order), echo)
            await world.calm()
            assert world.state(order)[0] is S.REJECTED
            assert "secret ••• is unhappy" in world.now(order).reason
        else:
            world.fault("status", "GET", "/stream", status=500, body=echo)
            world.faults.trading.cut()
            await world.run(5)
            assert any("did not open" in row for row in world.texts.rows), "what is logged is looked at"
        check_secrets(world)
        await check_settled(world)
