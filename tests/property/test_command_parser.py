"""Whatever is typed: a command or one plain sentence; and a command written out reads as itself."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from legend_desktop.domain.enums import BrokerType, TimeInForce
from legend_desktop.viewmodels.command_ast import (
    AtrDistance,
    AtTouch,
    CancelCommand,
    CancelWhat,
    ChartCommand,
    CloseCommand,
    Command,
    EntryCommand,
    EntrySide,
    Fixed,
    FlattenCommand,
    Offset,
    OrderValue,
    PercentDistance,
    RiskCash,
    RiskPercent,
    RMultiple,
    Shares,
    ShowCommand,
    StopCommand,
    StopPlace,
    TargetCommand,
    Touch,
    Trail,
    TrailUnit,
    WatchCommand,
    WordCommand,
)
from legend_desktop.viewmodels.command_complete import complete
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_parser import parse_command
from legend_desktop.viewmodels.command_words import (
    ALONE,
    BARS,
    BROKERS,
    CLAUSES,
    TOUCHES,
    VERBS,
    Ambiguous,
    CommandError,
)

numbers = st.decimals(Decimal("0.01"), Decimal(99_999), places=2)
whole = st.integers(1, 99_999).map(Decimal)
symbols = st.from_regex(r"[A-Z]{1,5}(\.[A-Z])?", fullmatch=True).filter(
    lambda name: name.lower() not in {*VERBS, *CLAUSES, "all", "last", "buys", "sells"}
)
signed = st.builds(Offset, numbers | numbers.map(lambda value: -value), st.booleans())
touches = st.builds(AtTouch, st.sampled_from(Touch), st.just(Decimal(0)) | numbers | numbers.map(lambda value: -value))
entry_prices = st.builds(Fixed, numbers) | signed | touches
exit_prices = entry_prices | st.builds(AtrDistance, numbers) | st.builds(PercentDistance, numbers)
targets = exit_prices | st.builds(RMultiple, numbers)
trails = st.builds(Trail, numbers, st.sampled_from(TrailUnit))
sizes = (
    st.builds(RiskPercent, numbers)
    | st.builds(RiskCash, numbers)
    | st.builds(Shares, whole)
    | st.builds(OrderValue, numbers)
)


@st.composite
def entries(draw: st.DrawFn) -> EntryCommand:
    """An entry whose parts may stand together."""
    kind = draw(st.sampled_from(["market", "limit", "trigger", "both", "trail", "none"]))
    stop = draw(exit_prices)
    return EntryCommand(
        draw(st.sampled_from([EntrySide.BUY, EntrySide.SELL, EntrySide.SHORT])),
        draw(symbols),
        size=draw(st.none() | sizes),
        limit=draw(entry_prices) if kind in {"limit", "both"} else None,
        market=kind == "market",
        trigger=draw(entry_prices) if kind in {"trigger", "both"} else None,
        trail=draw(trails) if kind == "trail" else None,
        stop=stop,
        target=draw(st.none() | targets.filter(lambda price: price != stop)),
        time_in_force=draw(st.none() | st.sampled_from(TimeInForce)),
        broker=draw(st.none() | st.sampled_from(BrokerType)),
        extended_hours=draw(st.booleans()),
    )


others = (
    st.builds(CloseCommand, symbols)
    | st.builds(CloseCommand, symbols, percent=st.integers(1, 100).map(Decimal))
    | st.builds(CloseCommand, symbols, shares=whole)
    | st.builds(StopCommand, symbols, exit_prices | st.sampled_from(StopPlace) | trails)
    | st.builds(TargetCommand, symbols, targets)
    | st.builds(CancelCommand, st.sampled_from(CancelWhat))
    | st.just(FlattenCommand())
    | st.builds(ShowCommand, symbols)
    | st.builds(ChartCommand, symbols, st.sampled_from(["", *BARS]))
    | st.builds(WatchCommand, symbols)
    | st.builds(WordCommand, st.sampled_from(ALONE))
)


@given(entries() | others)
@settings(max_examples=400)
def test_a_command_written_out_reads_as_itself(command: Command) -> None:
    text = format_command(command)
    assert parse_command(text) == command
    assert parse_command(text.lower()) == command


@given(symbols)
def test_a_symbol_for_cancel_and_flatten_reads_as_itself_where_it_is_in_play(symbol: str) -> None:
    for command in (CancelCommand(symbol=symbol), FlattenCommand(symbol)):
        assert parse_command(format_command(command), {symbol}) == command


def outcome(text: str) -> Command | CommandError:
    """The command or its error; anything else that is raised fails the test."""
    try:
        return parse_command(text)
    except CommandError as error:
        return error


def check(text: str) -> None:
    found = outcome(text)
    if isinstance(found, Ambiguous):
        assert len({row.text for row in found.readings}) == len(found.readings) >= 2
    if isinstance(found, CommandError):
        start, end = found.span
        assert 0 <= start <= end <= len(text)
        assert found.sentence.strip()[-1] in ".?"


@given(st.text(max_size=60))
@settings(max_examples=500)
def test_no_text_raises_anything_but_its_own_error(text: str) -> None:
    check(text)


pieces = st.sampled_from(
    [*VERBS, *CLAUSES, *TOUCHES, *BROKERS, *BARS, "AAPL", "F", "1%", "174", "2R", "2atr", "$500", "-", "+", "$", "%"]
).flatmap(lambda word: st.integers(1, len(word)).map(lambda length: word[:length]))


@given(st.lists(pieces, max_size=9).map(" ".join))
@settings(max_examples=800)
def test_no_mixture_of_words_raises_anything_but_its_own_error(text: str) -> None:
    check(text)


@given(st.lists(pieces, max_size=6).map(" ".join), st.booleans())
def test_completion_only_adds_to_what_stands(text: str, blank: bool) -> None:
    typed = text + (" " if blank else "")
    for whole_text in complete(typed, ["AAPL", "AMD"]):
        assert whole_text.lower().startswith(typed.lower())
        assert len(whole_text) > len(typed)
