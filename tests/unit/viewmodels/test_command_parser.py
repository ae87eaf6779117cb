"""Typed text: what it means, and what is said where it means nothing or too much."""

from decimal import Decimal

import pytest

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
    TextCommand,
    Touch,
    Trail,
    TrailUnit,
    WatchCommand,
    WordCommand,
)
from legend_desktop.viewmodels.command_parser import parse_command, pick_reading
from legend_desktop.viewmodels.command_words import EXAMPLES, Ambiguous, CommandError

D = Decimal
BUY, SELL, SHORT, COVER = EntrySide

MEANINGS: list[tuple[str, Command]] = [
    (
        "buy AAPL 1% stop 174 target 180",
        EntryCommand(BUY, "AAPL", RiskPercent(D(1)), stop=Fixed(D(174)), target=Fixed(D(180))),
    ),
    (
        "buy AAPL .25% stop 173.75 target 2R",
        EntryCommand(BUY, "AAPL", RiskPercent(D("0.25")), stop=Fixed(D("173.75")), target=RMultiple(D(2))),
    ),
    ("sell MSFT 0.5% stop +1.5%", EntryCommand(SELL, "MSFT", RiskPercent(D("0.5")), stop=Offset(D("1.5"), True))),
    (
        "buy NVDA 0.15% at bid-0.01 stop 182.90",
        EntryCommand(
            BUY,
            "NVDA",
            RiskPercent(D("0.15")),
            limit=AtTouch(Touch.BID, D("-0.01")),
            stop=Fixed(D("182.90")),
        ),
    ),
    ("buy AMD 110 market", EntryCommand(BUY, "AMD", Shares(D(110)), market=True)),
    (
        "buy KO $5000 limit 69.20 gtc",
        EntryCommand(BUY, "KO", OrderValue(D(5000)), limit=Fixed(D("69.20")), time_in_force=TimeInForce.GTC),
    ),
    (
        "buy SPY 0.3% trigger 641 stop 2atr",
        EntryCommand(BUY, "SPY", RiskPercent(D("0.3")), trigger=Fixed(D(641)), stop=AtrDistance(D(2))),
    ),
    (
        "short RKLB 0.1% stop +3% on alpaca",
        EntryCommand(SHORT, "RKLB", RiskPercent(D("0.1")), stop=Offset(D(3), True), broker=BrokerType.ALPACA),
    ),
    ("buy AAPL 250R$ stop -1.50", EntryCommand(BUY, "AAPL", RiskCash(D(250)), stop=Offset(D("-1.50")))),
    ("sell AAPL 100 trail 1.2%", EntryCommand(SELL, "AAPL", Shares(D(100)), trail=Trail(D("1.2"), TrailUnit.PERCENT))),
    ("cover XOM", EntryCommand(COVER, "XOM")),
    ("close XOM half", CloseCommand("XOM", percent=D(50))),
    ("half XOM", CloseCommand("XOM", percent=D(50))),
    ("close XOM 30%", CloseCommand("XOM", percent=D(30))),
    ("close TSLA 25", CloseCommand("TSLA", shares=D(25))),
    ("close TSLA", CloseCommand("TSLA")),
    ("cancel all", CancelCommand(CancelWhat.ALL)),
    ("cancel AAPL", CancelCommand(symbol="AAPL")),
    ("cancel last", CancelCommand(CancelWhat.LAST)),
    ("cancel buys", CancelCommand(CancelWhat.BUYS)),
    ("flatten TSLA", FlattenCommand("TSLA")),
    ("flatten all", FlattenCommand()),
    ("flatten", FlattenCommand()),
    ("stop MSFT entry", StopCommand("MSFT", StopPlace.ENTRY)),
    ("stop MSFT costs", StopCommand("MSFT", StopPlace.COSTS)),
    ("stop KO 67.80", StopCommand("KO", Fixed(D("67.80")))),
    ("stop KO 1.5%", StopCommand("KO", PercentDistance(D("1.5")))),
    ("stop NVDA trail 1.2%", StopCommand("NVDA", Trail(D("1.2"), TrailUnit.PERCENT))),
    ("stop NVDA trail 2 atr", StopCommand("NVDA", Trail(D(2), TrailUnit.ATR))),
    ("target NVDA 187.40", TargetCommand("NVDA", Fixed(D("187.40")))),
    ("target NVDA 2R", TargetCommand("NVDA", RMultiple(D(2)))),
    ("AMZN", ShowCommand("AMZN")),
    ("chart AMZN 5m", ChartCommand("AMZN", "5m")),
    ("watch amzn", WatchCommand("AMZN")),
    ("note AMZN late entry, chased", TextCommand("note", "AMZN late entry, chased")),
    ("help stop", TextCommand("help", "stop")),
    ("lock", WordCommand("lock")),
    ("rehearse", WordCommand("rehearse")),
]


@pytest.mark.parametrize(("text", "command"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_what_a_text_means(text: str, command: Command) -> None:
    assert parse_command(text) == command
    assert parse_command(text.upper().replace("ATR", "atr")) == command or isinstance(command, TextCommand)


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("b AAPL 1% st 174 tar 180", "buy AAPL 1% stop 174 target 180"),
        ("bu aapl 1 % l bid - 0.01 s 174", "buy AAPL 1% limit bid-0.01 stop 174"),
        ("clo XOM h", "close XOM half"),
        ("fl all", "flatten all"),
        ("buy AAPL 1% stop 174 t 2R", "buy AAPL 1% stop 174 target 2R"),
        ("buy AAPL 1,000 market", "buy AAPL 1000 market"),
        ("buy AAPL 10 m on ib", "buy AAPL 10 market on interactive_brokers"),
        ("stop NVDA tr 1", "stop NVDA trail 1"),
        ("sell MSFT 1% stop \u22121.5\u202f%", "sell MSFT 1% stop -1.5%"),
    ],
)
def test_words_may_be_cut_and_blanks_and_signs_are_forgiven(cut: str, whole: str) -> None:
    assert parse_command(cut) == parse_command(whole)


@pytest.mark.parametrize(
    ("text", "sentence", "marked"),
    [
        ("buy AAPL 1% stpo 174", "'stpo' is not a word here. Did you mean stop?", "stpo"),
        ("buy AAPL", "AAPL needs a stop or a share count.", ""),
        ("buy AAPL 1%", "1% of what? Add a stop, or write a share count.", "1%"),
        ("buy AAPL 1% stop 174 target 174", "174 is both stop and target.", "target 174"),
        ("buy cover XOM", "buy and cover cannot stand together.", "cover"),
        ("buy AAPL 100 cover", "buy and cover cannot stand together.", "cover"),
        ("buy 100 AAPL", "The symbol comes first. Write buy AAPL 100.", "100"),
        ("AAPL buy 100", "The word comes first. Write buy AAPL 100.", "AAPL"),
        ("buy AAPL 0 market", "The size must be above zero.", "0"),
        ("buy AAPL 1.5 market", "1.5 is not a whole number of AAPL shares.", "1.5"),
        ("buy AAPL 1% 174", "174 stands alone. Put a word before it, such as stop, limit or target.", "174"),
        ("buy AAPL 1% stop target 180", "stop needs a price, for example stop 174.", "target"),
        ("buy AAPL 1% market limit 170 stop 160", "limit and market cannot stand together.", "limit 170"),
        ("buy AAPL 1% stop 174 stop 173", "stop is given twice.", "stop"),
        ("buy AAPL 100 day gtc", "An order has one time in force.", "gtc"),
        ("buy AAPL 100 target 2R", "2R needs a stop: R is the distance from the entry to it.", "target 2R"),
        ("buy AAPL 1% limit 2% stop 170", "2% above or below? Write a price, +2% or -2%, bid or ask.", "2%"),
        ("cover XOM 1%", "cover takes a share count, or nothing for all.", "1%"),
        ("buy AAPL 1% stop 174 on etrade", None, "etrade"),
        ("lock now", "'now' is too much: lock ends before it.", "now"),
        ("stop 174", "'174' is not a symbol. The symbol comes here, for example stop AAPL 174.", "174"),
        ("buy stop 174", "Which symbol? It comes after buy.", "stop"),
        ("%&!", "'%&!' is not a command or a symbol.", "%&!"),
    ],
)
def test_an_error_is_one_sentence_and_marks_the_wrong_part(text: str, sentence: str | None, marked: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(text)
    assert sentence is None or caught.value.sentence == sentence
    assert text[slice(*caught.value.span)] == marked


def test_a_suggestion_is_a_whole_text_that_works() -> None:
    for text in ("buy AAPL 1% stpo 174", "buy 100 AAPL", "byu AAPL 100"):
        with pytest.raises(CommandError) as caught:
            parse_command(text)
        parse_command(caught.value.suggestion)


@pytest.mark.parametrize("text", ["", "   ", "buy", "buy AAPL", "buy AAPL 1%", "buy AAPL 1% stop", "cancel", "stop KO"])
def test_a_text_under_way_is_not_called_wrong(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(text)
    assert caught.value.incomplete


@pytest.mark.parametrize(
    ("text", "symbols", "readings"),
    [
        ("c XOM", (), ["cover XOM", "close XOM", "cancel XOM", "chart XOM"]),
        ("f", (), ["show F", "flatten all"]),
        ("t", (), ["show T", "theme"]),
        ("arm", ("ARM",), ["arm", "show ARM"]),
        ("cancel all", ("ALL",), ["cancel all", "cancel ALL"]),
        ("cancel a", (), ["cancel all", "cancel A"]),
        (
            "buy AAPL 1% stop 174 t 180",
            (),
            [
                "buy AAPL 1% stop 174 target 180",
                "buy AAPL 1% trail 180 stop 174",
                "buy AAPL 1% trigger 180 stop 174",
            ],
        ),
    ],
)
def test_two_readings_are_never_guessed(text: str, symbols: tuple[str, ...], readings: list[str]) -> None:
    with pytest.raises(Ambiguous) as caught:
        parse_command(text, symbols)
    assert [row.text for row in caught.value.readings] == readings
    assert len({row.meaning for row in caught.value.readings}) == len(readings)
    commands = [pick_reading(text, number, symbols) for number in range(1, len(readings) + 1)]
    assert len(set(commands)) == len(readings)


def test_a_symbol_in_play_beats_a_cut_word_but_never_a_whole_one() -> None:
    assert parse_command("f", {"F"}) == ShowCommand("F")
    assert parse_command("cancel a", {"A"}) == CancelCommand(symbol="A")
    assert parse_command("arm") == WordCommand("arm")


def test_there_is_no_meaning_beyond_the_list() -> None:
    with pytest.raises(CommandError):
        pick_reading("c XOM", 5)


@pytest.mark.parametrize("text", [text for text, _ in EXAMPLES])
def test_every_example_of_the_help_is_a_command(text: str) -> None:
    parse_command(text)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(CommandError):
        parse_command("buy " + "A" * 300)
