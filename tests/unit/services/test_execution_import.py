"""Executions read from files as people have them: the program's own form, statements, cut and damaged ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legend_desktop.domain.enums import Liquidity, OrderSide
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.executions import Execution
from legend_desktop.services.execution_import import ImportPreview, preview_import
from legend_desktop.services.execution_rows import BadCell, moment_of, number_of, side_and_shares, symbol_of
from legend_desktop.services.execution_table import Field, guess_columns, read_table
from legend_desktop.services.trade_csv import executions_csv

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
D = Decimal
OWN = """execution_id,order_id,time,symbol,side,quantity,price,commission,fees,venue,liquidity,stop
a1,o1,2026-11-20T14:31:02.125Z,AAPL,buy,100,175.52,1.00,,XNAS,remove,174.10
a2,o2,2026-11-20T15:01:00Z,AAPL,sell,100,176.10,1.00,0.02,,,
"""


def look(
    text: str | bytes, known: list[Execution] | None = None, columns: dict[Field, int] | None = None
) -> ImportPreview:
    table = read_table(text.encode() if isinstance(text, str) else text)
    return preview_import(table, table.columns if columns is None else columns, known or [], NOW)


def told(preview: ImportPreview) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in preview.bad]


def kept(preview: ImportPreview) -> list[Execution]:
    """The executions that an import of the preview would leave behind."""
    return [fill.execution for fill in preview.new]


def test_the_own_format_says_everything() -> None:
    preview = look(OWN)
    first, second = preview.new
    assert (preview.known, preview.bad, preview.days_only) == ((), (), 0)
    row = first.execution
    assert (row.execution_id, row.broker_order_id, row.symbol, row.side) == ("a1", "o1", "AAPL", OrderSide.BUY)
    assert row.executed_at == datetime(2026, 11, 20, 14, 31, 2, 125_000, tzinfo=UTC)
    assert (row.quantity, row.price, row.commission, row.fees) == (D(100), D("175.52"), D("1.00"), None)
    assert (row.venue, row.liquidity, first.stop) == ("XNAS", Liquidity.REMOVE, D("174.10"))
    assert (second.execution.fees, second.stop, second.execution.venue) == (D("0.02"), None, None)


def test_reading_a_file_again_adds_nothing_and_a_longer_one_only_the_rest() -> None:
    once = kept(look(OWN))
    again = look(OWN, once)
    assert (again.new, len(again.known)) == ((), 2)
    longer = look(f"{OWN}a3,o3,2026-11-21T15:00:00Z,MSFT,buy,5,400,,,,,\n", once)
    assert [fill.execution.execution_id for fill in longer.new] == ["a3"]


def test_rows_without_ids_are_known_by_what_they_say_and_counted() -> None:
    text = "Time,Symbol,Side,Qty,Price\n"
    one = "11/20/2026 09:31:02,AAPL,Buy,100,175.52\n"
    first = kept(look(text + one))
    twice = look(text + one + one, first)
    assert (len(twice.new), len(twice.known)) == (1, 1)
    both = first + kept(twice)
    assert look(text + one + one, both).new == ()
    assert len({row.execution_id for row in both}) == 2


def test_the_same_fills_are_known_whether_or_not_the_file_gives_them_ids() -> None:
    bare = "time,symbol,side,quantity,price\n2026-11-20T14:31:02Z,AAPL,buy,100,175.52\n"
    named = "execution_id," + bare.replace("2026-11-20", "x9,2026-11-20")
    assert look(named, kept(look(bare))).new == ()
    assert look(bare, kept(look(named))).new == ()


def test_an_id_with_other_figures_is_refused_with_both_places() -> None:
    changed = OWN.replace("a2,o2", "a1,o2")
    assert told(look(changed)) == [(3, "The execution id a1 stands on line 2 with other figures.")]
    assert told(look(OWN.replace("175.52", "175.53"), kept(look(OWN)))) == [
        (2, "The execution id a1 is known already, with other figures.")
    ]


def test_bad_rows_are_listed_with_line_and_reason_and_good_ones_kept() -> None:
    text = """Date,Action,Symbol,Quantity,Price,Currency
2026-11-20 10:00:00,Buy,AAPL,10,100,USD
2026-11-20 10:00:01,Dividend,AAPL,,0.24,USD
2026-11-20 10:00:02,Buy,AAPL 01/15/2027 150.00 C,1,3.20,USD
2026-11-20 10:00:03,Buy,AAPL,0,100,USD
2026-11-20 10:00:04,Sell,AAPL,10,-1,USD
someday,Sell,AAPL,10,101,USD
2026-11-20 10:00:06,Buy,AAPL,ten,100,USD
2026-11-20 10:00:07,Buy,SAP,10,100,EUR
2027-11-20 10:00:07,Buy,AAPL,10,100,USD
"Quoted, with
a line break",Buy,AAPL,10,100,USD
2026-11-20 10:00:09,Sell,AAPL,10,101,USD
2026-11-20 10:00:10,Sell
"""
    preview = look(text)
    assert [fill.line for fill in preview.new] == [2, 13]
    assert told(preview) == [
        (3, "There is no quantity."),
        (4, "'AAPL 01/15/2027 150.00 C' is not the symbol of a share."),
        (5, "The quantity is zero."),
        (6, "The price -1 is not above zero."),
        (7, "The time 'someday' cannot be read."),
        (8, "The quantity 'ten' is not a number."),
        (9, "Only dollars can be counted, not EUR."),
        (10, "Sat 20 Nov 2027 lies in the future."),
        (11, "The time 'Quoted with a line break' cannot be read."),
        (14, "The line ends after 2 of 5 needed columns."),
    ]
    assert preview.bad[0].text == "2026-11-20 10:00:01, Dividend, AAPL, 0.24, USD"


def test_a_statement_with_lines_above_signs_for_sides_and_costs_below_zero() -> None:
    text = (
        "\ufeffStatement,Header,Field Name,Field Value\n"
        "Statement,Data,Title,Activity Statement\n"
        "Trades,Header,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,Comm/Fee\n"
        'Trades,Data,Stocks,USD,BRK B,"2026-11-19, 09:31:00","1,200",400.5,-1.25\n'
        'Trades,Data,Stocks,USD,BRK B,"2026-11-19, 10:31:00","-1,200",401,-1.5\n'
        "Trades,SubTotal,Stocks,USD,BRK B,,0,,-2.75\n"
    )
    preview = look(text)
    assert [(row.symbol, row.side, row.quantity, row.commission) for row in kept(preview)] == [
        ("BRK.B", OrderSide.BUY, D(1200), D("1.25")),
        ("BRK.B", OrderSide.SELL, D(1200), D("1.5")),
    ]
    assert kept(preview)[0].executed_at == datetime(2026, 11, 19, 14, 31, tzinfo=UTC)
    assert told(preview) == [(6, "The quantity is zero.")]


def test_days_without_a_time_keep_the_order_of_a_file_that_runs_back() -> None:
    text = """"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"
"11/20/2026","Sell","KO","COCA COLA","50","$71.00","$0.05","$3549.95"
"11/20/2026 as of 11/19/2026","Buy","KO","COCA COLA","50","$70.00","","-$3500.00"
"11/18/2026","Sell Short","T","AT&T","10","$28.00","",""
"""
    preview = look(text)
    assert [(row.symbol, row.side) for row in kept(preview)] == [
        ("T", OrderSide.SELL), ("KO", OrderSide.BUY), ("KO", OrderSide.SELL),
    ]  # fmt: skip
    assert preview.days_only == 3
    moments = [row.executed_at for row in kept(preview)]
    assert moments == sorted(set(moments))
    assert look(text, kept(preview)).new == ()


def test_fills_of_one_second_come_in_the_order_in_which_they_happened() -> None:
    head = "time,symbol,side,quantity,price\n"
    rows = [
        "2026-11-20T15:00:00Z,T,buy,10,28\n",
        "2026-11-20T15:00:00Z,T,sell,10,29\n",
        "2026-11-20T16:00:00Z,T,buy,1,1\n",
    ]
    forward, backward = look(head + "".join(rows)), look(head + "".join(reversed(rows)))
    assert [row.side for row in kept(forward)] == [row.side for row in kept(backward)]


def test_missing_columns_are_named_before_anything_is_read_and_can_be_given() -> None:
    text = "When,Paper,Way,Number,Rate\n2026-11-20T15:00:00Z,KO,sell,5,70.1\n"
    assert look(text).missing == (Field.TIME, Field.SYMBOL, Field.QUANTITY, Field.PRICE)
    own = {Field.TIME: 0, Field.SYMBOL: 1, Field.SIDE: 2, Field.QUANTITY: 3, Field.PRICE: 4}
    assert [(row.symbol, row.side, row.quantity) for row in kept(look(text, columns=own))] == [
        ("KO", OrderSide.SELL, D(5))
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "no table"), (b"hello\nworld\n", "no table"), (b"a,b,c\n", "no table"), (b"\x00" * 100, "no table")],
)
def test_what_is_no_table_is_said(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_table(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found(encoding: str, separator: str) -> None:
    text = OWN.replace("XNAS", "Börse").replace(",", separator)
    row = kept(look(text.encode(encoding)))[0]
    assert (row.execution_id, row.venue) == ("a1", "Börse")


def test_a_cut_file_keeps_what_is_whole() -> None:
    text = f'{OWN}a3,o3,"2026-11-21T1'
    preview = look(text)
    assert len(preview.new) == 2
    assert told(preview) == [(4, "The line ends after 3 of 7 needed columns.")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", "1234.50"),
        ("$12", "12"),
        ("(3.20)", "-3.20"),
        ("−5", "-5"),
        ("+7", "7"),
        (".5", ".5"),
        ("1e3", "1e3"),
    ],
)
def test_numbers(text: str, value: str) -> None:
    assert number_of(text, "price") == D(value)


@pytest.mark.parametrize("text", ["1,5", "12,34", "1.2.3", "NaN", "inf", "ten", "1 000", "-.", "0x10"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadCell, match="is not a number"):
        number_of(text, "price")


def test_sides_and_symbols() -> None:
    assert side_and_shares("BOT", "5") == side_and_shares("", "5") == side_and_shares("Buy to Cover", "5")
    assert side_and_shares("SLD", "-5") == side_and_shares("", "-5") == side_and_shares("YOU SOLD KO", "5")
    for side in ("Dividend", "Reinvest", "?"):
        with pytest.raises(BadCell):
            side_and_shares(side, "5")
    with pytest.raises(BadCell, match="contradicts"):
        side_and_shares("buy", "-5")
    assert [symbol_of(text) for text in ("ko", " BRK/B ", "BRK B")] == ["KO", "BRK.B", "BRK.B"]
    for text in ("", "AAPL250117C00150000", "BTC/USD", "^VIX", "EUR.USD.X"):
        with pytest.raises(BadCell):
            symbol_of(text)


@pytest.mark.parametrize(
    ("day", "clock", "moment", "exact"),
    [
        ("", "2026-07-01T10:00:00-04:00", "2026-07-01T14:00", True),
        ("", "2026-07-01 10:00:00", "2026-07-01T14:00", True),
        ("", "2026-12-01 10:00:00 EST", "2026-12-01T15:00", True),
        ("07/01/2026", "10:00:00 AM", "2026-07-01T14:00", True),
        ("20260701", "100000", "2026-07-01T14:00", True),
        ("20260701", "20260701;100000", "2026-07-01T14:00", True),
        ("", "2026-07-01, 10:00:00", "2026-07-01T14:00", True),
        ("", "Jul 1, 2026", "2026-07-01T16:00", False),
        ("2026-07-01", "", "2026-07-01T16:00", False),
    ],
)  # fmt: skip
def test_times(day: str, clock: str, moment: str, exact: bool) -> None:
    assert moment_of(day, clock) == (datetime.fromisoformat(moment).replace(tzinfo=UTC), exact)


def test_own_names_go_before_others_and_no_column_is_used_twice() -> None:
    found = guess_columns(["Trade ID", "execution_id", "Date", "Exec Time", "Ticker", "Price", "Type", "Shares"])
    assert found == {
        Field.EXECUTION_ID: 1, Field.DATE: 2, Field.TIME: 3, Field.SYMBOL: 4, Field.PRICE: 5, Field.SIDE: 6,
        Field.QUANTITY: 7,
    }  # fmt: skip


prices = st.decimals(D("0.0001"), D(100_000), places=4)
fills = st.builds(
    Execution,
    execution_id=st.from_regex(r"[A-Za-z0-9.:_-]{1,30}", fullmatch=True),
    symbol=st.sampled_from(["AAPL", "BRK.B", "T"]),
    side=st.sampled_from(OrderSide),
    quantity=st.decimals(D("0.001"), D(100_000), places=3),
    price=prices,
    executed_at=st.datetimes(datetime(1999, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    received_at=st.just(NOW),
    broker_order_id=st.from_regex(r"[a-z0-9]{0,8}", fullmatch=True),
    venue=st.none() | st.sampled_from(["XNAS", 'a, "b"; c']),
    liquidity=st.sampled_from(Liquidity),
    commission=st.none() | prices,
    fees=st.none() | prices,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(fills, min_size=1, max_size=12, unique_by=lambda row: row.execution_id), st.none() | prices)
def test_what_was_exported_is_read_back_the_same_and_only_once(rows: list[Execution], stop: Decimal | None) -> None:
    rows = sorted(rows, key=lambda row: row.executed_at)
    stops = {} if stop is None else {rows[0].client_order_id: stop}
    text = executions_csv(rows, stops)
    preview = look(text)
    assert preview.bad == ()
    assert sorted(kept(preview), key=lambda row: row.execution_id) == sorted(rows, key=lambda row: row.execution_id)
    assert all(fill.stop == stop for fill in preview.new)
    assert look(text, kept(preview)).new == ()


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=200) | st.lists(st.sampled_from(OWN.replace("\n", ",\n,").split(",")), max_size=60).map(",".join)
)
def test_no_text_can_break_the_reader(text: str) -> None:
    try:
        preview = look(OWN[: OWN.index("\n") + 1] + text)
    except InvalidInput:
        return
    names = [fill.execution.execution_id for fill in preview.new]
    assert len(names) == len(set(names))
    assert all(names)
    assert look(OWN[: OWN.index("\n") + 1] + text, kept(preview)).new == ()


def test_part_of_a_file_first_and_all_of_it_later_is_all_of_it_once() -> None:
    head = "time,symbol,side,quantity,price\n"
    rows = [f"2026-11-20T15:{minute:02d}:00Z,T,buy,10,28\n" for minute in (1, 2, 2, 2, 3)]
    first = kept(look(head + "".join(rows[:3])))
    rest = kept(look(head + "".join(rows), first))
    assert len(first) + len(rest) == 5
    assert len({row.execution_id for row in first + rest}) == 5
    later = [replace(row, received_at=NOW + timedelta(days=1)) for row in first + rest]
    assert look(head + "".join(rows), later).new == ()
