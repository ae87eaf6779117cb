"""The stocks of the simulated market."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.simulator.symbols import WELL_KNOWN, canonical, refuse_slip, spec_for


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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("AAPPL", "AAPL"),
        ("AAPK", "AAPL"),
        ("APPL", "AAPL"),
        ("APAL", "AAPL"),
        ("NVDIA", "NVDA"),
        ("MSTF", "MSFT"),
        ("MFT", "MSFT"),
        ("TESLA", "TSLA"),
        ("GOOLG", "GOOGL"),
    ],
)
def test_one_slip_away_from_a_well_known_symbol_is_refused_with_it(typed: str, meant: str) -> None:
    with pytest.raises(UnknownSymbol) as caught:
        refuse_slip(typed)
    assert caught.value.sentence == f"The simulator knows no stock called {typed}. Did you mean {meant}?"


@pytest.mark.parametrize(
    "symbol",
    ["AAPL", "F", "G", "FF", "GE", "AMC", "AMD", "SPX", "QQQM", "GOOG", "AAL", "MET", "INTU", "AZN", "NVDL", "ZZZT"],
)
def test_short_and_real_neighbours_and_far_symbols_are_no_slips(symbol: str) -> None:
    refuse_slip(symbol)


@given(st.from_regex(r"[A-Z]{1,2}", fullmatch=True))
def test_a_short_symbol_is_never_taken_for_a_slip(symbol: str) -> None:
    refuse_slip(symbol)


@given(st.sampled_from([name for name in WELL_KNOWN if len(name) <= 3]), st.integers(0, 2), st.sampled_from("QXZ"))
def test_a_neighbour_of_a_symbol_of_three_letters_stays(name: str, place: int, letter: str) -> None:
    refuse_slip(name[:place] + letter + name[place + 1 :])
