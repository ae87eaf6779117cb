"""Armed keys: how they arm, and everything that ends it."""

from datetime import timedelta

import pytest

from legend_desktop.domain.enums import TradingMode
from legend_desktop.viewmodels.arming import Arming
from tests.fakes.clock import FakeClock


def make(mode: TradingMode = TradingMode.PAPER) -> tuple[Arming, FakeClock, list[str]]:
    clock = FakeClock()
    arming = Arming(clock, mode, lambda: ("Alpaca", "PA3X4417"))
    said: list[str] = []
    arming.announced.connect(said.append)
    return arming, clock, said


def is_armed(arming: Arming) -> bool:
    return arming.armed


def is_stalled(arming: Arming) -> bool:
    return arming.stalled


async def test_paper_arms_with_one_key_and_counts_down_twenty_minutes() -> None:
    arming, clock, said = make()
    assert arming.chip_text == "Keys locked"
    arming.toggle()
    assert is_armed(arming)
    await clock.advance(642)
    arming.tick()
    assert arming.chip_text == "Keys ARMED 09:18"
    await clock.advance(20 * 60 - 642)
    arming.tick()
    assert not is_armed(arming)
    assert said[-1] == "Order keys are locked after 20 minutes without an order."


async def test_the_time_is_over_even_when_no_tick_came() -> None:
    arming, clock, _ = make()
    arming.toggle()
    await clock.advance(20 * 60)
    assert not is_armed(arming)
    assert arming.remaining == timedelta(0)


async def test_an_order_begins_the_twenty_minutes_anew() -> None:
    arming, clock, _ = make()
    arming.toggle()
    await clock.advance(19 * 60)
    arming.touch()
    await clock.advance(19 * 60)
    assert is_armed(arming)


def test_an_order_does_not_arm_locked_keys() -> None:
    arming, _, _ = make()
    arming.touch()
    assert not is_armed(arming)


def test_real_money_is_never_armed_by_a_key_alone() -> None:
    arming, _, _ = make(TradingMode.LIVE)
    asked: list[str] = []
    arming.live_question.connect(asked.append)
    for _ in range(5):
        arming.toggle()
    assert not is_armed(arming)
    assert asked[0] == (
        "This arms LIVE on Alpaca, account ending 4417, until the window closes or 20 minutes without an order. "
        "Every send is real money. Type 4417 to arm."
    )


@pytest.mark.parametrize("typed", ["", "441", "PA3X4417", "4418"])
def test_only_the_last_four_characters_arm_real_money(typed: str) -> None:
    arming, _, _ = make(TradingMode.LIVE)
    assert not arming.confirm_live(typed)
    assert not is_armed(arming)
    assert arming.confirm_live(" 4417 ")
    assert is_armed(arming)


def test_an_unknown_account_cannot_be_armed() -> None:
    arming = Arming(FakeClock(), TradingMode.LIVE, lambda: ("Alpaca", ""))
    assert not arming.confirm_live("")


async def test_case_73_after_a_stall_keys_wait_for_a_quote_made_later() -> None:
    arming, clock, said = make()
    arming.toggle()
    before = clock.now()
    await clock.advance(6)
    arming.note_stall(6)
    assert is_stalled(arming)
    arming.note_quote(before)
    assert is_stalled(arming)
    arming.note_quote(clock.now())
    assert not is_stalled(arming)
    assert "stood still for 6 s" in said[-1]
