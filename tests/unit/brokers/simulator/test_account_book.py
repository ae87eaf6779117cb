"""The account: nothing is lost to rounding, and a bust takes back what its fill did."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.brokers.simulator.account_book import AccountBook, fill_costs
from legend_desktop.brokers.simulator.config import FeeSchedule

DAY = date(2026, 11, 23)
CASH = 1_000_000_000
fills = st.lists(
    st.tuples(
        st.sampled_from(["AAPL", "MSFT"]),
        st.integers(-500, 500).filter(bool),
        st.integers(1, 5_000_000),
        st.integers(0, 20_000),
    ),
    max_size=30,
)


@given(fills, st.integers(1, 5_000_000), st.integers(1, 5_000_000))
def test_equity_is_starting_cash_plus_realised_plus_open_profit_to_the_unit(
    rows: list[tuple[str, int, int, int]], apple: int, microsoft: int
) -> None:
    book = AccountBook(CASH, DAY)
    for row in rows:
        book.book(*row)
    marks = {"AAPL": apple, "MSFT": microsoft}
    assert book.equity(marks) == CASH + book.realized_today + book.unrealized(marks)
    assert book.equity(marks) == book.cash + book.long_value(marks) + book.short_value(marks)
    for symbol in ("AAPL", "MSFT"):
        assert book.quantity(symbol) == sum(row[1] for row in rows if row[0] == symbol)


@given(fills, st.data())
def test_busting_every_fill_in_any_order_gives_the_cash_back(
    rows: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    book = AccountBook(CASH, DAY)
    bookings = [book.book(*row) for row in rows]
    marks = {"AAPL": 1_750_000, "MSFT": 4_230_000}
    for booking in data.draw(st.permutations(bookings)):
        book.undo(booking)
        assert book.equity(marks) == CASH + book.realized_today + book.unrealized(marks)
    assert (book.cash, book.holdings, book.realized_today) == (CASH, {}, 0)


def test_average_cost_profit_and_turning_through_zero() -> None:
    book = AccountBook(CASH, DAY)
    book.book("AAPL", 100, 1_700_000, 0)
    book.book("AAPL", 100, 1_800_000, 0)
    assert book.holdings["AAPL"].average == Decimal("175")
    book.book("AAPL", -250, 1_760_000, 0)
    assert book.realized_today == 200 * 10_000
    assert (book.quantity("AAPL"), book.holdings["AAPL"].average) == (-50, Decimal("176"))
    book.book("AAPL", 50, 1_750_000, 0)
    assert book.realized_today == 200 * 10_000 + 50 * 10_000
    assert book.holdings == {}


def test_buying_power_is_four_times_equity_less_what_is_held_and_twice_for_small_accounts() -> None:
    book = AccountBook(1_000_000_000, DAY)
    book.book("AAPL", 100, 1_750_000, 0)
    book.book("XOM", -100, 1_160_000, 0)
    marks = {"AAPL": 1_750_000, "XOM": 1_160_000}
    assert book.buying_power(marks) == 4 * 1_000_000_000 - 175_000_000 - 116_000_000
    assert book.overnight_buying_power(marks) == 2 * 1_000_000_000 - 291_000_000
    assert AccountBook(240_000_000, DAY).buying_power({}) == 2 * 240_000_000


def test_fees_are_for_sells_and_commission_for_both() -> None:
    fees = FeeSchedule(commission_per_share=Decimal("0.005"), commission_per_order=Decimal(1))
    assert fill_costs(fees, buy=True, quantity=100, units=1_755_000, first=True) == (15_000, 0)
    commission, regulatory = fill_costs(fees, buy=False, quantity=750, units=642_000, first=False)
    assert commission == 37_500
    assert regulatory == 11_381  # 48,150 dollars at 20.60 a million and 750 shares at 0.000195
    assert fill_costs(fees, buy=False, quantity=1_000_000, units=10_000, first=False)[1] == 206_000 + 97_900


def test_a_new_day_takes_equity_as_its_base() -> None:
    book = AccountBook(CASH, DAY)
    book.book("AAPL", 100, 1_700_000, 500)
    book.begin_day(date(2026, 11, 24), {"AAPL": 1_710_000})
    assert (book.realized_today, book.start_of_day_equity) == (0, CASH - 500 + 1_000_000)
