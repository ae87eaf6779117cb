"""The program is killed before, during and after a send; the next start finds out what became of the order."""

import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from legend_desktop.domain.enums import OrderState
from tests.fakes.clock import START, FakeClock
from tests.faults.invariants import check, check_settled
from tests.faults.trading_child import closed, command, reopened
from tests.faults.world import World

S = OrderState


def die(folder: Path, failpoint: str, what: str) -> None:
    """Run the program until it dies where ``failpoint`` says."""
    run = subprocess.run(
        command("place_one", folder, what),
        env={**os.environ, "LEGEND_FAILPOINT": failpoint},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr


async def next_start(folder: Path) -> World:
    world = await reopened(folder, FakeClock(START + timedelta(minutes=5)))
    await check(world)
    return world


@pytest.mark.parametrize("what", ["plain", "bracket"])
async def test_case_53_killed_after_the_commit_and_before_the_send_is_proven_never_to_have_arrived(
    tmp_path: Path, what: str
) -> None:
    die(tmp_path, "after_intent_commit", what)
    world = await next_start(tmp_path)
    assert {row.state for row in world.orders} == {S.UNKNOWN}, "nobody knows yet whether a byte left"
    assert len(world.orders) == (3 if what == "bracket" else 1)
    await world.run_fast(20, 0.5)
    assert {row.state for row in world.orders} == {S.REJECTED}
    assert all("Proven absent" in row.reason for row in world.orders)
    assert await world.held_there() == 0
    await check_settled(world)
    await world.place(10)
    await closed(world)


@pytest.mark.parametrize("failpoint", ["before_answer", "after_answer"])
@pytest.mark.parametrize("what", ["plain", "bracket"])
async def test_case_54_and_55_killed_around_the_answer_adopts_what_the_broker_did(
    tmp_path: Path, failpoint: str, what: str
) -> None:
    die(tmp_path, failpoint, what)
    world = await next_start(tmp_path)
    await world.run(3)
    entry = world.orders[0]
    assert world.state(entry) == (S.FILLED, 100), "adopted by its client id, with its fill"
    assert world.held() == 100
    if what == "bracket":
        assert {world.leg(entry, name).state for name in ("Stop", "Target")} == {S.WORKING}
    there = world.broker._session.running().desk.orders
    assert len(there) == (3 if what == "bracket" else 1), "nothing was sent twice"
    assert not world.alarms
    await check_settled(world)
    await closed(world)


async def test_case_54_killed_twice_in_a_row_still_adopts_once(tmp_path: Path) -> None:
    die(tmp_path, "before_answer", "plain")
    die(tmp_path, "before_answer", "plain")
    world = await next_start(tmp_path)
    await world.run(3)
    assert [row.state for row in world.orders] == [S.FILLED, S.FILLED]
    assert world.held() == 200
    await check_settled(world)
    await closed(world)
