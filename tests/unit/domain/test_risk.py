from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from legend_desktop.domain.enums import TradingMode, TradingState
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import THIN_NBSP
from legend_desktop.domain.limit_editing import tightened
from legend_desktop.domain.risk import Fingerprint, GateLimits, RecentSend, assess_daily_loss, find_throttle, stricter
from tests.unit.domain.builders import NOW, terms

D = Decimal
PAPER = GateLimits.for_mode(TradingMode.PAPER)
LIVE = GateLimits.for_mode(TradingMode.LIVE)
TUESDAY = date(2026, 11, 24)


def test_paper_has_no_cap_on_a_position_and_live_a_quarter() -> None:
    assert PAPER.max_position_percent is None
    assert PAPER.max_order_percent is None
    assert (PAPER.max_order_quantity, LIVE.max_order_quantity) == (D(10_000), D(1_000))
    assert LIVE.max_position_percent == LIVE.max_order_percent == 25
    assert (PAPER.heat_limit_percent, LIVE.heat_limit_percent) == (D(6), D(3))
    assert (PAPER.gross_limit_percent, LIVE.gross_limit_percent) == (D(150), D(120))


def test_remaining_heat_is_never_below_zero() -> None:
    assert PAPER.remaining_heat(D(100_000), D(1_000)) == 5_000
    assert PAPER.remaining_heat(D(100_000), D(7_000)) == 0


@pytest.mark.parametrize(
    ("pl", "state"),
    [
        ("5000", TradingState.ACTIVE),
        ("-2999.99", TradingState.ACTIVE),
        ("-3000", TradingState.REDUCING),
        ("-4999.99", TradingState.REDUCING),
        ("-5000", TradingState.HALTED),
    ],
)
def test_daily_loss_states(pl: str, state: TradingState) -> None:
    loss = assess_daily_loss(D(pl), D(100_000), PAPER)
    assert loss.state is state
    assert bool(loss.sentence) is (state is not TradingState.ACTIVE)
    assert loss.percent == D(pl) / 1000


def test_a_halt_without_positions_does_not_speak_of_flattening() -> None:
    assert assess_daily_loss(D(-6_000), D(100_000), PAPER).sentence.endswith("Open positions: 0.")


def test_a_day_without_equity_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="above zero"):
        assess_daily_loss(D(-1), D(0), PAPER)


def test_stricter_state() -> None:
    assert stricter(TradingState.REDUCING, TradingState.ACTIVE) is TradingState.REDUCING
    assert stricter(TradingState.REDUCING, TradingState.HALTED) is TradingState.HALTED


def test_fingerprint_tells_orders_apart() -> None:
    base = Fingerprint.of("A", terms())
    assert base == Fingerprint.of("A", terms(quantity="100.0"))
    assert base != Fingerprint.of("B", terms())
    assert base != Fingerprint.of("A", terms(quantity="101"))


def test_throttle_lock_ends_a_minute_later() -> None:
    recent = [RecentSend(Fingerprint.of("A", terms()), NOW)] * 5
    trip = find_throttle(recent, NOW, PAPER)
    assert trip is not None
    assert trip.locked_until == NOW + timedelta(seconds=60)
    assert (trip.limit, trip.span) == (5, "one second")


class TestTightenOnly:
    @pytest.mark.parametrize(
        ("tighter", "looser"),
        [
            ({"reduce_loss_percent": D(2)}, {"reduce_loss_percent": D(4)}),
            ({"max_order_quantity": D(500)}, {"max_order_quantity": D(20_000)}),
            ({"duplicate_window": timedelta(seconds=2)}, {"duplicate_window": timedelta(0)}),
            ({"buying_power_slack": D(2)}, {"buying_power_slack": D(0)}),
            ({"max_quote_age": timedelta(seconds=1)}, {"max_quote_age": timedelta(seconds=5)}),
            ({"gross_is_hard": True}, None),
            ({"max_position_percent": D(10)}, None),
        ],
    )
    def test_direction_of_each_kind(self, tighter: dict[str, Any], looser: dict[str, Any] | None) -> None:
        edit = tightened(PAPER, replace(PAPER, **tighter), TUESDAY)
        assert edit.now == replace(PAPER, **tighter)
        assert not edit.waits
        assert edit.sentence == ""
        if looser is not None:
            edit = tightened(PAPER, replace(PAPER, **looser), TUESDAY)
            assert edit.now == PAPER
            assert edit.later == replace(PAPER, **looser)
            assert edit.waits

    def test_the_sentence(self) -> None:
        edit = tightened(PAPER, replace(PAPER, reduce_loss_percent=D(4)), TUESDAY)
        assert edit.sentence.replace(THIN_NBSP, " ") == (
            "Today this limit can be made tighter, not looser. 4 % will apply from Tuesday 24 Nov."
        )

    def test_taking_a_limit_away_waits(self) -> None:
        edit = tightened(LIVE, replace(LIVE, max_position_percent=None), TUESDAY)
        assert edit.now.max_position_percent == 25
        assert edit.later.max_position_percent is None
        assert "no limit will apply" in edit.sentence

    def test_mixed_edits_are_split(self) -> None:
        wanted = replace(PAPER, max_order_quantity=D(100), collar_percent=D(9))
        edit = tightened(PAPER, wanted, TUESDAY)
        assert edit.now == replace(PAPER, max_order_quantity=D(100))
        assert edit.later == wanted

    @pytest.mark.parametrize(
        "bad",
        [
            {"max_order_quantity": D(0)},
            {"collar_percent": D(-1)},
            {"max_per_second": 0},
            {"max_order_value": D(0)},
            {"heat_limit_percent": D("NaN")},
            {"halt_loss_percent": D(2)},
        ],
    )
    def test_limits_that_make_no_sense(self, bad: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            tightened(PAPER, replace(PAPER, **bad), TUESDAY)
