"""Reads the parts of a command from left to right: words, symbols, numbers, prices and sizes.

A cut word with several endings stops the reading with a ``Fork``; the parser then tries each ending.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.viewmodels.command_ast import (
    AtrDistance,
    AtTouch,
    Fixed,
    Offset,
    OrderValue,
    PercentDistance,
    Price,
    RiskCash,
    RiskPercent,
    RMultiple,
    Shares,
    Size,
    Target,
    Touch,
    Trail,
    TrailUnit,
)
from legend_desktop.viewmodels.command_words import TOUCHES, CommandError, closest, match_word, or_list

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
_PLAIN = re.compile(rf"({_NUMBER})(%|atr|r\$|r)?", re.IGNORECASE | re.ASCII)
_SIGNED = re.compile(rf"([+-])({_NUMBER})(%)?", re.ASCII)
_MONEY = re.compile(rf"\$({_NUMBER})", re.ASCII)
_TOUCH = re.compile(rf"([a-z]+)(?:([+-])({_NUMBER})?)?", re.IGNORECASE | re.ASCII)
_SYMBOL = re.compile(r"[a-z][a-z0-9]{0,9}(?:[./-][a-z0-9]{1,4})?", re.IGNORECASE | re.ASCII)
_UNITS = ("%", "atr", "r", "r$")
_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of characters without blanks, with its place in the text."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Start and end in the text."""
        return self.start, self.end


class Fork(Exception):
    """A cut word at chunk ``index`` that may be any of ``words``."""

    def __init__(self, index: int, words: tuple[str, ...]) -> None:
        super().__init__(index, words)
        self.index = index
        self.words = words


def split(text: str) -> list[Chunk]:
    """The chunks of a text."""
    return [Chunk(found.group(), found.start(), found.end()) for found in re.finditer(r"\S+", text)]


def looks_like_symbol(text: str) -> bool:
    """True for what can be the name of a stock."""
    return _SYMBOL.fullmatch(text) is not None


class Reader:
    """A place in the chunks of one text."""

    def __init__(self, chunks: Sequence[Chunk], length: int) -> None:
        self._chunks = chunks
        self._length = length
        self.index = 0

    @property
    def done(self) -> bool:
        """True at the end of the text."""
        return self.index >= len(self._chunks)

    @property
    def here(self) -> Chunk:
        """The next chunk; at the end an empty one."""
        return self.ahead(0)

    @property
    def last(self) -> Chunk:
        """The chunk read last."""
        return self.ahead(-1)

    def ahead(self, count: int) -> Chunk:
        """The chunk ``count`` after the next one; an empty one beyond the end."""
        place = self.index + count
        if 0 <= place < len(self._chunks):
            return self._chunks[place]
        return Chunk("", self._length, self._length)

    def take(self) -> Chunk:
        """The next chunk, which is then behind us."""
        chunk = self.here
        self.index += 1
        return chunk

    def missing(self, message: str) -> CommandError:
        """The error of a text that is not finished, or that has something else where ``message`` wants a thing."""
        chunk = self.here
        return CommandError(message, chunk.span, incomplete=self.done)

    # --- words and symbols ---------------------------------------------------------------------------------------

    def word(self, words: tuple[str, ...], text: str | None = None) -> str:
        """The word of ``words`` that comes next, empty where none does; raises ``Fork`` for a cut with many endings."""
        found = match_word(self.here.text if text is None else text, words)
        if len(found) > 1:
            raise Fork(self.index, found)
        if found:
            self.index += 1
            return found[0]
        return ""

    def not_a_word(self, words: tuple[str, ...]) -> CommandError:
        """The error for a chunk that is none of ``words``, with the word it was meant to be."""
        chunk = self.here
        near = closest(chunk.text, words)
        advice = f"Did you mean {near}?" if near else ""
        return CommandError(f"'{_short(chunk.text)}' is not a word here.", chunk.span, suggestion=near, advice=advice)

    def symbol(self, example: str) -> str:
        """The symbol that comes next, upper case."""
        if self.done:
            raise self.missing(f"Which symbol? For example {example}.")
        chunk = self.here
        if not looks_like_symbol(chunk.text):
            message = f"'{_short(chunk.text)}' is not a symbol. The symbol comes here, for example {example}."
            raise CommandError(message, chunk.span)
        self.index += 1
        return chunk.text.upper()

    # --- numbers -------------------------------------------------------------------------------------------------

    def _number(self, text: str, name: str, *, zero: bool = False) -> Decimal:
        digits = text.replace(",", "")
        if len(digits) > _MAX_DIGITS:
            raise CommandError(f"{_short(text)} has too many digits.", self.last.span)
        value = Decimal(digits)
        if value == 0 and not zero:
            raise CommandError(f"{name[:1].upper()}{name[1:]} must be above zero.", self.last.span)
        return value

    def _amount(self, name: str) -> tuple[Decimal, str] | None:
        """A number with its unit, which may stand apart; ``None`` where no number comes next."""
        found = _PLAIN.fullmatch(self.here.text)
        if found is None:
            return None
        self.take()
        unit = (found.group(2) or "").lower()
        if not unit and self.here.text.lower() in _UNITS:
            unit = self.take().text.lower()
        return self._number(found.group(1), name), unit

    def size(self, symbol: str) -> Size | None:
        """Risk, shares or money, ``None`` where none of them comes next."""
        chunk = self.here
        if found := _MONEY.fullmatch(chunk.text):
            self.take()
            return OrderValue(self._number(found.group(1), "the value"))
        if chunk.text == "$":
            self.take()
            amount = self._amount("the value")
            if amount is None or amount[1]:
                raise self.missing("$ needs an amount, for example $5000.")
            return OrderValue(amount[0])
        amount = self._amount("the size")
        if amount is None:
            return None
        value, unit = amount
        span = (chunk.start, self.last.end)
        if unit == "%":
            return RiskPercent(value)
        if unit == "r$":
            return RiskCash(value)
        if unit:
            message = f"{value}{unit.upper()} is not a size. Write a risk such as 1%, shares such as 100, or $5000."
            raise CommandError(message, span)
        return Shares(self.whole(value, span, symbol))

    def whole(self, value: Decimal, span: tuple[int, int], symbol: str) -> Decimal:
        """``value`` as a count of shares; raises where it has a fraction."""
        if value != value.to_integral_value():
            raise CommandError(f"{value} is not a whole number of {symbol} shares.", span)
        return value

    def trail(self) -> Trail:
        """A trailing distance."""
        start = self.here.start
        amount = self._amount("the trail")
        if amount is None:
            raise self.missing("trail needs a distance, for example trail 1.2%.")
        value, unit = amount
        if unit in {"r", "r$"}:
            raise CommandError("A trail is in price units, per cent or atr.", (start, self.last.end))
        return Trail(value, TrailUnit(unit))

    # --- prices --------------------------------------------------------------------------------------------------

    def price(self, name: str, *, is_exit: bool) -> Price:
        """A price for ``name``. Exits may be distances without a sign: their side is clear from the order's."""
        found = self.target(name, is_exit=is_exit, multiples=False)
        if isinstance(found, RMultiple):
            raise TypeError("a price is not a multiple of R")  # target() gives none where multiples are off
        return found

    def target(self, name: str, *, is_exit: bool = True, multiples: bool = True) -> Target:
        """A price, or where ``multiples`` allows it a multiple of R."""
        start = self.here.start
        if self.here.text[:1] in {"+", "-"}:
            return self._offset(name)
        amount = self._amount(f"the {name}")
        if amount is None:
            return self._touch(name)
        value, unit = amount
        span = (start, self.last.end)
        if not unit:
            return Fixed(value)
        if unit == "r" and multiples:
            return RMultiple(value)
        if unit in {"r", "r$"}:
            raise CommandError(f"The {name} cannot be a multiple of R.", span)
        if not is_exit:
            sign = "%" if unit == "%" else " atr"
            message = f"{value}{sign} above or below? Write a price, +{value}% or -{value}%, bid or ask."
            raise CommandError(message, span)
        return PercentDistance(value) if unit == "%" else AtrDistance(value)

    def _offset(self, name: str) -> Offset:
        chunk = self.here
        text = chunk.text
        if text in {"+", "-"}:
            self.take()
            text += self.here.text
        found = _SIGNED.fullmatch(text)
        if found is None:
            raise self.missing(f"{chunk.text[0]} needs a distance, for example {name} {chunk.text[0]}1.5%.")
        self.take()
        value = self._number(found.group(2), name, zero=True)
        percent = bool(found.group(3))
        if not percent and self.here.text == "%":
            self.take()
            percent = True
        return Offset(value if found.group(1) == "+" else -value, percent)

    def _touch(self, name: str) -> AtTouch:
        chunk = self.here
        found = _TOUCH.fullmatch(chunk.text)
        words = match_word(found.group(1), TOUCHES) if found else ()
        if found is None or not words:
            raise self.missing(_no_price(name, chunk.text))
        self.take()
        side = Touch(words[0])
        sign, digits = found.group(2), found.group(3)
        if not sign:
            follows = _SIGNED.fullmatch(self.here.text)
            if follows is not None and not follows.group(3):
                self.take()
                sign, digits = follows.group(1), follows.group(2)
            elif self.here.text in {"+", "-"}:
                sign = self.take().text
        if sign and not digits:
            amount = self._amount("the distance")
            if amount is None or amount[1]:
                raise self.missing(f"{side}{sign} needs a distance, for example {side}{sign}0.01.")
            return AtTouch(side, amount[0] if sign == "+" else -amount[0])
        if not sign:
            return AtTouch(side)
        value = self._number(digits, name, zero=True)
        return AtTouch(side, value if sign == "+" else -value)


def _no_price(name: str, text: str) -> str:
    if not text or text.isalpha():
        return f"{name} needs a price, for example {name} 174."
    return f"'{_short(text)}' is not a price. Write a number, {or_list(TOUCHES)}."


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
