"""A command as text that says the same without doubt: for the history, for lists of readings and for suggestions."""

from decimal import Decimal
from functools import singledispatch

from legend_desktop.domain.formatting import plain
from legend_desktop.viewmodels.command_ast import (
    AtrDistance,
    AtTouch,
    CancelCommand,
    ChartCommand,
    CloseCommand,
    Command,
    EntryCommand,
    Fixed,
    FlattenCommand,
    Offset,
    OrderValue,
    PercentDistance,
    RiskCash,
    RiskPercent,
    ShowCommand,
    Size,
    StopCommand,
    StopPlace,
    Target,
    TargetCommand,
    TextCommand,
    Trail,
    WatchCommand,
)


def format_command(command: Command) -> str:
    """``command`` as typed text; reading it again gives the same command."""
    return " ".join(part for part in _parts(command) if part)


def format_price(price: Target) -> str:
    """A price as typed."""
    if isinstance(price, Fixed):
        return plain(price.value)
    if isinstance(price, Offset):
        return f"{_signed(price.amount)}{'%' if price.percent else ''}"
    if isinstance(price, AtTouch):
        return price.side.value + (_signed(price.offset) if price.offset else "")
    if isinstance(price, AtrDistance):
        return f"{plain(price.multiple)}atr"
    if isinstance(price, PercentDistance):
        return f"{plain(price.percent)}%"
    return f"{plain(price.multiple)}R"


def format_size(size: Size) -> str:
    """A size as typed."""
    if isinstance(size, RiskPercent):
        return f"{plain(size.percent)}%"
    if isinstance(size, RiskCash):
        return f"{plain(size.amount)}R$"
    if isinstance(size, OrderValue):
        return f"${plain(size.amount)}"
    return plain(size.count)


def format_trail(trail: Trail) -> str:
    """A trailing distance as typed."""
    return f"{plain(trail.value)}{trail.unit.value}"


def _signed(value: Decimal) -> str:
    return f"{'-' if value < 0 else '+'}{plain(abs(value))}"


@singledispatch
def _parts(command: object) -> list[str]:
    # Words that stand alone are all that is left.
    return [getattr(command, "word", "")]


@_parts.register
def _(command: EntryCommand) -> list[str]:
    parts = [command.side.value, command.symbol, format_size(command.size) if command.size is not None else ""]
    for word, price in (("limit", command.limit), ("trigger", command.trigger)):
        if price is not None:
            parts += [word, format_price(price)]
    if command.market:
        parts.append("market")
    if command.trail is not None:
        parts += ["trail", format_trail(command.trail)]
    for word, exit_price in (("stop", command.stop), ("target", command.target)):
        if exit_price is not None:
            parts += [word, format_price(exit_price)]
    if command.time_in_force is not None:
        parts.append(command.time_in_force.value)
    if command.broker is not None:
        parts += ["on", command.broker.value]
    return [*parts, "ext" if command.extended_hours else ""]


@_parts.register
def _(command: CloseCommand) -> list[str]:
    how = ""
    if command.shares is not None:
        how = plain(command.shares)
    elif command.percent is not None:
        how = {Decimal(50): "half", Decimal(25): "quarter"}.get(command.percent, f"{plain(command.percent)}%")
    return ["close", command.symbol, how]


@_parts.register
def _(command: StopCommand) -> list[str]:
    if isinstance(command.place, Trail):
        return ["stop", command.symbol, "trail", format_trail(command.place)]
    if isinstance(command.place, StopPlace):
        return ["stop", command.symbol, command.place.value]
    return ["stop", command.symbol, format_price(command.place)]


@_parts.register
def _(command: TargetCommand) -> list[str]:
    return ["target", command.symbol, format_price(command.price)]


@_parts.register
def _(command: CancelCommand) -> list[str]:
    return ["cancel", command.what.value if command.what else command.symbol]


@_parts.register
def _(command: FlattenCommand) -> list[str]:
    return ["flatten", command.symbol or "all"]


@_parts.register
def _(command: ShowCommand) -> list[str]:
    return ["show", command.symbol]


@_parts.register
def _(command: ChartCommand) -> list[str]:
    return ["chart", command.symbol, command.bars]


@_parts.register
def _(command: WatchCommand) -> list[str]:
    return ["watch", command.symbol]


@_parts.register
def _(command: TextCommand) -> list[str]:
    return [command.word, command.text]
