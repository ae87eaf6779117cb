"""The grammar of the command line: a text becomes one command, or one plain sentence on what is wrong with it.

    entry   = side symbol [risk | shares | money] {clause}             side = buy | sell | short | cover
    risk    = NUMBER "%" | NUMBER "R$"     shares = INT     money = "$" NUMBER
    clause  = ("limit" | "at") price | "market" | "stop" price | "target" (price | NUMBER "R")
            | "trail" (NUMBER | NUMBER "%" | NUMBER "atr") | "trigger" price
            | day | gtc | ioc | fok | opg | cls | "on" broker | "ext"
    price   = NUMBER | ("+"|"-") NUMBER ["%"] | ("bid" | "ask" | "mid") [("+"|"-") NUMBER] | NUMBER ("atr" | "%")
    manage  = close symbol [half | quarter | INT | NUMBER "%"] | stop symbol (price | entry | costs | trail ...)
            | target symbol price | cancel (all | symbol | last | buys | sells) | flatten [all | symbol] | lock
            | half symbol
    look    = symbol | show symbol | chart symbol [1m|5m|15m|1h|1d] | watch symbol | note text | report [dates]
            | ask | arm | rehearse | theme | help words

Case does not matter and words may be cut to a unique start. A text with two meanings is never guessed.
"""

from collections.abc import Callable, Collection
from decimal import Decimal

from legend_desktop.viewmodels.command_ast import (
    CancelCommand,
    CancelWhat,
    ChartCommand,
    CloseCommand,
    Command,
    EntrySide,
    FlattenCommand,
    ShowCommand,
    StopCommand,
    StopPlace,
    TargetCommand,
    TextCommand,
    WatchCommand,
    WordCommand,
)
from legend_desktop.viewmodels.command_entry import parse_entry
from legend_desktop.viewmodels.command_format import format_command
from legend_desktop.viewmodels.command_meaning import meaning_of
from legend_desktop.viewmodels.command_reader import Chunk, Fork, Reader, looks_like_symbol, split
from legend_desktop.viewmodels.command_words import (
    ALONE,
    BARS,
    CANCELS,
    FRACTIONS,
    FREE_TEXT,
    SIDES,
    STOP_PLACES,
    VERBS,
    Ambiguous,
    CommandError,
    Reading,
    closest,
    match_word,
    or_list,
)

MAX_LENGTH = 200
_SAME_WIDTH = str.maketrans({"−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2007": " "})


def parse_command(text: str, symbols: Collection[str] = ()) -> Command:
    """The command that ``text`` says.

    ``symbols`` are the symbols in play (held, ordered, watched), upper case: a word that is also one of them has two
    meanings. Raises ``CommandError`` with the span and a plain sentence, ``Ambiguous`` where several meanings hold.
    """
    readings = _readings(text, frozenset(symbols))
    if len(readings) == 1:
        return readings[0]
    rows = tuple(Reading(format_command(command), meaning_of(command)) for command in readings)
    raise Ambiguous("This has more than one meaning. Pick one by its number.", (0, len(text)), rows)


def pick_reading(text: str, number: int, symbols: Collection[str] = ()) -> Command:
    """Meaning ``number`` (from 1) of an ambiguous ``text``; raises ``CommandError`` where there is none."""
    readings = _readings(text, frozenset(symbols))
    if not 1 <= number <= len(readings):
        raise CommandError(f"There is no meaning number {number}.", (0, len(text)))
    return readings[number - 1]


def _readings(text: str, symbols: frozenset[str]) -> list[Command]:
    if len(text) > MAX_LENGTH:
        raise CommandError(f"A command has {MAX_LENGTH} characters at most.", (MAX_LENGTH, len(text)))
    plain = text.translate(_SAME_WIDTH)
    chunks = split(plain)
    if not chunks:
        raise CommandError("Type a command, for example buy AAPL 1% stop 174.", (0, len(text)), incomplete=True)
    found: list[Command] = []
    for command in _alone(chunks, plain, symbols) if len(chunks) == 1 else _solve(chunks, plain, symbols):
        if command not in found:
            found.append(command)
    return found


def _alone(chunks: list[Chunk], text: str, symbols: frozenset[str]) -> list[Command]:
    """One chunk: a word, a cut word, or a symbol to show. A whole word and a known symbol beat a cut word."""
    chunk = chunks[0]
    name = chunk.text.upper()
    show: list[Command] = [ShowCommand(name)] if looks_like_symbol(chunk.text) else []
    whole = chunk.text.lower() in VERBS
    if show and name in symbols and not whole:
        return show
    if whole:
        try:
            return _solve(chunks, text, symbols) + (show if name in symbols else [])
        except CommandError:
            if name in symbols:
                return show
            raise
    found: list[Command] = []
    for word in match_word(chunk.text, VERBS):
        try:
            found += _solve([Chunk(word, chunk.start, chunk.end)], text, symbols)
        except CommandError:
            continue  # the word wants more than itself, so it is no meaning of this text
    if show:
        return show + found
    if found:
        return found
    raise CommandError(f"'{chunk.text[:24]}' is not a command or a symbol.", chunk.span)


def _solve(chunks: list[Chunk], text: str, symbols: frozenset[str]) -> list[Command]:
    """Every meaning of the chunks."""
    try:
        return _parse(chunks, text, symbols)
    except Fork as fork:
        place = fork.index
        found: list[Command] = []
        for word in fork.words:
            chosen = Chunk(word, chunks[place].start, chunks[place].end)
            try:
                found += _solve([*chunks[:place], chosen, *chunks[place + 1 :]], text, symbols)
            except CommandError:
                continue  # this ending does not fit what follows
        if found:
            return found
        chunk = chunks[place]
        message = f"'{chunk.text}' could be {or_list(fork.words)}. Write more of it."
        raise CommandError(message, chunk.span, incomplete=place == len(chunks) - 1) from None
    except CommandError as error:
        raise _with_whole_suggestion(error, text) from None


def _with_whole_suggestion(error: CommandError, text: str) -> CommandError:
    """Turn the suggestion of one word into the whole text with that word put in."""
    word, (start, end) = error.suggestion, error.span
    if word and " " not in word and text[start:end]:
        error.suggestion = f"{text[:start]}{word}{text[end:]}"
    return error


def _parse(chunks: list[Chunk], text: str, symbols: frozenset[str]) -> list[Command]:
    reader = Reader(chunks, len(text))
    verb = reader.word(VERBS)
    if not verb:
        raise _no_verb(reader, text)
    if verb in SIDES:
        return [parse_entry(EntrySide(verb), reader, symbols)]
    if verb in FREE_TEXT:
        return [TextCommand(verb, " ".join(chunk.text for chunk in chunks[1:]))]
    if verb in ALONE:
        commands: list[Command] = [WordCommand(verb)]
    elif verb in {"cancel", "flatten"}:
        commands = _cancel(reader, symbols) if verb == "cancel" else _flatten(reader, symbols)
    else:
        commands = [_WITH_SYMBOL[verb](reader)]
    if not reader.done:
        chunk = reader.here
        raise CommandError(f"'{chunk.text[:24]}' is too much: {verb} ends before it.", chunk.span)
    return commands


def _no_verb(reader: Reader, text: str) -> CommandError:
    first, second = reader.here, reader.ahead(1)
    swapped = match_word(second.text, SIDES)
    if looks_like_symbol(first.text) and len(swapped) == 1 and second.text.lower() in SIDES:
        better = f"{second.text} {first.text}{text[second.end :]}"
        return CommandError("The word comes first.", first.span, suggestion=better, advice=f"Write {better.strip()}.")
    near = closest(first.text, VERBS)
    if near:
        return reader.not_a_word(VERBS)
    message = f"'{first.text[:24]}' is not a word here. Begin with buy, sell, close, stop, cancel or a symbol alone."
    return CommandError(message, first.span)


def _close(reader: Reader) -> Command:
    symbol = reader.symbol("close AAPL half")
    if reader.done:
        return CloseCommand(symbol)
    fraction = reader.word(FRACTIONS)
    if fraction:
        return CloseCommand(symbol, percent=Decimal(50) if fraction == "half" else Decimal(25))
    start = reader.here
    size = reader.size(symbol)
    percent, count = getattr(size, "percent", None), getattr(size, "count", None)
    if percent is None and count is None:
        message = f"Close how much of {symbol}? half, quarter, a share count, a per cent, or nothing for all."
        raise CommandError(message, start.span)
    if percent is not None and percent > 100:
        raise CommandError("More than 100 % of a position cannot be closed.", start.span)
    return CloseCommand(symbol, percent=percent, shares=count)


def _half(reader: Reader) -> Command:
    return CloseCommand(reader.symbol("half AAPL"), percent=Decimal(50))


def _stop(reader: Reader) -> Command:
    symbol = reader.symbol("stop AAPL 174")
    if reader.done:
        raise reader.missing(f"Where is the stop of {symbol}? A price, entry, costs or trail 1.2%.")
    place = reader.word(STOP_PLACES)
    if place == "trail":
        return StopCommand(symbol, reader.trail())
    if place:
        return StopCommand(symbol, StopPlace(place))
    return StopCommand(symbol, reader.price("stop", is_exit=True))


def _target(reader: Reader) -> Command:
    symbol = reader.symbol("target AAPL 180")
    return TargetCommand(symbol, reader.target("target"))


def _chart(reader: Reader) -> Command:
    symbol = reader.symbol("chart AAPL 5m")
    if reader.done:
        return ChartCommand(symbol)
    bars = reader.word(BARS)
    if not bars:
        raise CommandError(f"The bars are {or_list(BARS)}.", reader.here.span)
    return ChartCommand(symbol, bars)


_WITH_SYMBOL: dict[str, Callable[[Reader], Command]] = {
    "close": _close,
    "half": _half,
    "stop": _stop,
    "target": _target,
    "chart": _chart,
    "show": lambda reader: ShowCommand(reader.symbol("show AAPL")),
    "watch": lambda reader: WatchCommand(reader.symbol("watch AAPL")),
}


def _cancel(reader: Reader, symbols: frozenset[str]) -> list[Command]:
    if reader.done:
        raise reader.missing("Cancel what? all, last, buys, sells or a symbol.")
    chunk = reader.take()
    commands: list[Command] = [CancelCommand(CancelWhat(word)) for word in _group_words(chunk, CANCELS, symbols)]
    if _is_symbol_too(chunk, CANCELS, symbols):
        commands.append(CancelCommand(symbol=chunk.text.upper()))
    if not commands:
        raise CommandError(f"'{chunk.text[:24]}' is not a symbol. Cancel {or_list(CANCELS)}, or a symbol.", chunk.span)
    return commands


def _flatten(reader: Reader, symbols: frozenset[str]) -> list[Command]:
    if reader.done:
        return [FlattenCommand()]
    chunk = reader.take()
    commands: list[Command] = [FlattenCommand() for _ in _group_words(chunk, ("all",), symbols)]
    if _is_symbol_too(chunk, ("all",), symbols):
        commands.append(FlattenCommand(chunk.text.upper()))
    if not commands:
        raise CommandError(f"'{chunk.text[:24]}' is not a symbol. Flatten all, or a symbol.", chunk.span)
    return commands


def _group_words(chunk: Chunk, words: tuple[str, ...], symbols: frozenset[str]) -> tuple[str, ...]:
    """The group words that the chunk may mean; a known symbol is not taken for a cut word."""
    if chunk.text.lower() not in words and chunk.text.upper() in symbols:
        return ()
    return match_word(chunk.text, words)


def _is_symbol_too(chunk: Chunk, words: tuple[str, ...], symbols: frozenset[str]) -> bool:
    """True where the chunk may name a symbol: a whole group word only where that symbol is in play."""
    if chunk.text.lower() in words:
        return chunk.text.upper() in symbols
    return looks_like_symbol(chunk.text)
