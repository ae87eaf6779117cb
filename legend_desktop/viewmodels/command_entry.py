"""The entry part of the grammar: side, symbol, size and clauses, with the checks that need no quote."""

from collections.abc import Callable
from dataclasses import dataclass, field

from legend_desktop.domain.enums import BrokerType, TimeInForce
from legend_desktop.domain.formatting import plain
from legend_desktop.viewmodels.command_ast import (
    EntryCommand,
    EntrySide,
    Fixed,
    Price,
    RiskCash,
    RiskPercent,
    RMultiple,
    Shares,
    Size,
    Target,
    Trail,
)
from legend_desktop.viewmodels.command_format import format_price, format_size
from legend_desktop.viewmodels.command_reader import Reader, looks_like_symbol
from legend_desktop.viewmodels.command_words import BROKERS, CLAUSES, SIDES, TIMES, CommandError, or_list

_SHORT_NAMES = {"ib": BrokerType.INTERACTIVE_BROKERS, "ibkr": BrokerType.INTERACTIVE_BROKERS}
_NEVER_A_SYMBOL = frozenset({"limit", "market", "stop", "target", "trail", "trigger", *SIDES})


@dataclass
class _Draft:
    side: EntrySide
    symbol: str
    size: Size | None = None
    limit: Price | None = None
    market: bool = False
    trigger: Price | None = None
    trail: Trail | None = None
    stop: Price | None = None
    target: Target | None = None
    time_in_force: TimeInForce | None = None
    broker: BrokerType | None = None
    extended_hours: bool = False
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    size_span: tuple[int, int] = (0, 0)


def parse_entry(side: EntrySide, reader: Reader, symbols: frozenset[str]) -> EntryCommand:
    """Read an order behind its side word. Raises ``CommandError``; ``Fork`` for a cut word with several endings."""
    draft = _Draft(side, _symbol(side, reader, symbols))
    start = reader.here
    draft.size = reader.size(draft.symbol)
    draft.size_span = (start.start, reader.last.end)
    while not reader.done:
        _clause(draft, reader)
    _check(draft, reader)
    return EntryCommand(
        side=draft.side,
        symbol=draft.symbol,
        size=draft.size,
        limit=draft.limit,
        market=draft.market,
        trigger=draft.trigger,
        trail=draft.trail,
        stop=draft.stop,
        target=draft.target,
        time_in_force=draft.time_in_force,
        broker=draft.broker,
        extended_hours=draft.extended_hours,
    )


def _symbol(side: EntrySide, reader: Reader, symbols: frozenset[str]) -> str:
    chunk, after = reader.here, reader.ahead(1)
    lower = chunk.text.lower()
    if lower in SIDES and chunk.text.upper() not in symbols and looks_like_symbol(after.text):
        if lower == side:
            raise CommandError(f"{side.value} stands twice.", chunk.span)
        raise CommandError(f"{side.value} and {lower} cannot stand together.", chunk.span)
    if lower in _NEVER_A_SYMBOL and chunk.text.upper() not in symbols:
        raise CommandError(f"Which symbol? It comes after {side.value}.", chunk.span)
    if chunk.text[:1].isdigit() and looks_like_symbol(after.text):
        better = f"{side.value} {after.text.upper()} {chunk.text}"
        raise CommandError("The symbol comes first.", chunk.span, suggestion=better, advice=f"Write {better}.")
    return reader.symbol(f"{side.value} AAPL 1% stop 174")


def _clause(draft: _Draft, reader: Reader) -> None:
    chunk = reader.here
    if chunk.text.lower() in SIDES:
        raise CommandError(f"{draft.side.value} and {chunk.text.lower()} cannot stand together.", chunk.span)
    word = reader.word(CLAUSES)
    if not word:
        if chunk.text[:1] in "$+-.0123456789":
            message = f"{chunk.text[:24]} stands alone. Put a word before it, such as stop, limit or target."
            raise CommandError(message, chunk.span)
        raise reader.not_a_word(CLAUSES)
    name = "limit" if word == "at" else "time" if word in TIMES else word
    if name in draft.seen:
        said = f"{word} is given twice." if name != "time" else "An order has one time in force."
        raise CommandError(said, chunk.span)
    draft.seen[name] = chunk.span
    if word in TIMES:
        draft.time_in_force = TimeInForce(word)
    else:
        _READERS[name](draft, reader)
    draft.seen[name] = (chunk.start, reader.last.end)


def _read_limit(draft: _Draft, reader: Reader) -> None:
    draft.limit = reader.price("limit", is_exit=False)


def _read_market(draft: _Draft, _reader: Reader) -> None:
    draft.market = True


def _read_trigger(draft: _Draft, reader: Reader) -> None:
    draft.trigger = reader.price("trigger", is_exit=False)


def _read_trail(draft: _Draft, reader: Reader) -> None:
    draft.trail = reader.trail()


def _read_stop(draft: _Draft, reader: Reader) -> None:
    draft.stop = reader.price("stop", is_exit=True)


def _read_target(draft: _Draft, reader: Reader) -> None:
    draft.target = reader.target("target")


def _read_ext(draft: _Draft, _reader: Reader) -> None:
    draft.extended_hours = True


def _read_broker(draft: _Draft, reader: Reader) -> None:
    if reader.done:
        raise reader.missing(f"on needs a broker: {or_list(BROKERS)}.")
    short = _SHORT_NAMES.get(reader.here.text.lower())
    if short is not None:
        reader.take()
        draft.broker = short
        return
    word = reader.word(BROKERS, reader.here.text.replace("-", "_"))
    if not word:
        raise CommandError(f"The brokers are {or_list(BROKERS)}.", reader.here.span)
    draft.broker = BrokerType(word)


_READERS: dict[str, Callable[[_Draft, Reader], None]] = {
    "limit": _read_limit,
    "market": _read_market,
    "trigger": _read_trigger,
    "trail": _read_trail,
    "stop": _read_stop,
    "target": _read_target,
    "ext": _read_ext,
    "on": _read_broker,
}


def _check(draft: _Draft, reader: Reader) -> None:
    _check_kind(draft)
    if draft.side is EntrySide.COVER:
        _check_cover(draft)
        return
    end = reader.here.span
    risks = isinstance(draft.size, RiskPercent | RiskCash)
    if draft.stop is None and draft.size is None:
        raise CommandError(f"{draft.symbol} needs a stop or a share count.", end, incomplete=True)
    if draft.stop is None and risks and draft.size is not None:
        message = f"{format_size(draft.size)} of what? Add a stop, or write a share count."
        raise CommandError(message, draft.size_span, incomplete=True)
    if isinstance(draft.target, RMultiple) and draft.stop is None:
        message = f"{format_price(draft.target)} needs a stop: R is the distance from the entry to it."
        raise CommandError(message, draft.seen["target"])
    same = isinstance(draft.stop, Fixed) and draft.stop == draft.target
    if same and isinstance(draft.stop, Fixed):
        raise CommandError(f"{plain(draft.stop.value)} is both stop and target.", draft.seen["target"])


def _check_kind(draft: _Draft) -> None:
    for first, second in (("market", "limit"), ("market", "trigger"), ("trail", "limit"), ("trail", "trigger")):
        if first in draft.seen and second in draft.seen:
            raise CommandError(f"{second} and {first} cannot stand together.", draft.seen[second])
    if "trail" in draft.seen and "market" in draft.seen:
        raise CommandError("market and trail cannot stand together.", draft.seen["trail"])


def _check_cover(draft: _Draft) -> None:
    if draft.size is not None and not isinstance(draft.size, Shares):
        raise CommandError("cover takes a share count, or nothing for all.", draft.size_span)
    for word in ("stop", "target"):
        if word in draft.seen:
            message = f"cover closes a position, so it takes no {word}."
            raise CommandError(message, draft.seen[word])
