"""The stocks of the simulated market."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.simulator.symbols import WELL_KNOWN, canonical, spec_for


def test_thirty_well_known_stocks_with_the_documents_price_of_apple() -> None:
    assert len(WELL_KNOWN) == 30
    apple = WELL_KNOWN["AAPL"].instrument()
    assert WELL_KNOWN["AAPL"].open_price == 1_755_000
    assert (apple.name, apple.exchange, apple.tick, apple.shortable) == ("Apple Inc.", "Nasdaq", Decimal("0.01"), True)
    assert apple.atr == Decimal("2.85")
    assert WELL_KNOWN["GME"].instrument().shortable is False


@pytest.mark.parametrize(("typed", "found"), [("aapl", "AAPL"), (" brk.b ", "BRK.B"), ("ZZZZZ", "ZZZZZ")])
def test_a_plausible_symbol_is_taken_in_upper_case(typed: str, found: str) -> None:
    assert canonical(typed) == found


@pytest.mark.parametrize(
    ("typed", "near"), [("AAPL1", "AAPL"), ("MSFT!", "MSFT"), ("", ""), ("12345", ""), ("GOOGLE", "GOOGL"), ("A B", "")]
)
def test_a_malformed_symbol_is_refused_with_a_near_one(typed: str, near: str) -> None:
    with pytest.raises(UnknownSymbol) as caught:
        canonical(typed)
    assert caught.value.suggestion == near


@given(st.from_regex(r"[A-Z]{1,5}", fullmatch=True))
def test_any_other_symbol_gets_the_same_sound_figures_each_time(symbol: str) -> None:
    spec = spec_for(symbol)
    assert spec == spec_for(symbol)
    assert spec.open_price >= 10_000
    assert spec.open_price % spec.tick == 0
    assert spec.spread >= spec.tick
    assert spec.depth >= 100
    assert spec.previous_close > 0
