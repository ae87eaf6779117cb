"""What a command means in a few words, for lists of meanings and where no figures are known."""

from decimal import Decimal

from legend_desktop.domain.formatting import format_percent, format_shares, plain
from legend_desktop.viewmodels.command_ast import (
    CancelCommand,
    CancelWhat,
    ChartCommand,
    CloseCommand,
    Command,
    EntryCommand,
    EntrySide,
    FlattenCommand,
    ShowCommand,
    StopCommand,
    StopPlace,
    TargetCommand,
    Trail,
    TrailUnit,
    WatchCommand,
)
from legend_desktop.viewmodels.command_format import format_price

_SIDES = {
    EntrySide.BUY: "Buy",
    EntrySide.SELL: "Sell",
    EntrySide.SHORT: "Sell short",
    EntrySide.COVER: "Buy to cover",
}
_CANCELS = {
    CancelWhat.ALL: "Cancel every working order",
    CancelWhat.LAST: "Cancel the newest working order",
    CancelWhat.BUYS: "Cancel every working buy order",
    CancelWhat.SELLS: "Cancel every working sell order",
}
_WORDS = {
    "lock": "Lock trading: cancels only until it is unlocked",
    "ask": "Ask the broker about unknown orders",
    "arm": "Arm or lock the order keys",
    "rehearse": "Begin or end rehearsal, in which nothing is sent",
    "theme": "Switch between dark and light",
    "note": "Write a note in the journal",
    "report": "Make a report",
    "help": "Show the keys and words",
}


def meaning_of(command: Command) -> str:
    """One short line without a full stop, such as ``Close half of XOM``."""
    if isinstance(command, EntryCommand):
        return _entry(command)
    if isinstance(command, CloseCommand):
        return f"Close {_part(command)}{command.symbol}"
    if isinstance(command, StopCommand):
        return _stop(command)
    if isinstance(command, TargetCommand):
        return f"Set the target of {command.symbol} to {format_price(command.price)}"
    if isinstance(command, CancelCommand):
        return _CANCELS[command.what] if command.what else f"Cancel the working orders in {command.symbol}"
    if isinstance(command, FlattenCommand):
        return f"Flatten {command.symbol or 'every position'}"
    if isinstance(command, ShowCommand):
        return f"Show {command.symbol} in the panels"
    if isinstance(command, ChartCommand):
        return f"Chart {command.symbol}{f' with bars of {command.bars}' if command.bars else ''}"
    if isinstance(command, WatchCommand):
        return f"Put {command.symbol} on the watch list"
    return _WORDS[command.word]


def trail_text(trail: Trail) -> str:
    """``1.2 %`` or ``2 ATR`` or ``0.50``."""
    if trail.unit is TrailUnit.PERCENT:
        return format_percent(trail.value, trim=True)
    return f"{plain(trail.value)}{' ATR' if trail.unit is TrailUnit.ATR else ''}"


def _part(command: CloseCommand) -> str:
    if command.shares is not None:
        return f"{format_shares(command.shares)} shares of "
    if command.percent is None:
        return ""
    words = {Decimal(50): "half of ", Decimal(25): "a quarter of "}
    return words.get(command.percent, f"{format_percent(command.percent, trim=True)} of ")


def _stop(command: StopCommand) -> str:
    if isinstance(command.place, Trail):
        return f"Trail the stop of {command.symbol} by {trail_text(command.place)}"
    if command.place is StopPlace.ENTRY:
        return f"Move the stop of {command.symbol} to the entry price"
    if command.place is StopPlace.COSTS:
        return f"Move the stop of {command.symbol} to the entry price and the costs"
    return f"Move the stop of {command.symbol} to {format_price(command.place)}"


def _entry(command: EntryCommand) -> str:
    words = [_SIDES[command.side], command.symbol]
    for name, price in (
        ("limit", command.limit),
        ("trigger", command.trigger),
        ("stop", command.stop),
        ("target", command.target),
    ):
        if price is not None:
            words.append(f"{name} {format_price(price)}")
    if command.trail is not None:
        words.append(f"trailing {trail_text(command.trail)}")
    return " ".join(words)
