"""What the cells of an execution row mean: numbers, sides, times and symbols as statements write them. Pure.

Each reader raises ``BadCell`` with the reason in a few words.
"""

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from legend_desktop.domain.enums import Liquidity, OrderSide
from legend_desktop.domain.formatting import format_date
from legend_desktop.domain.session import NEW_YORK, trading_day

LARGEST = Decimal(10) ** 9
_FIRST_YEAR = 1980
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{0,5}([./-][A-Z0-9]{1,4})?")
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?")
_BUYS = frozenset(["buy", "b", "bot", "bought", "cover", "btc", "bto"])
_SELLS = frozenset(["sell", "s", "sld", "sold", "short", "ss", "sto", "stc"])
_FORMS = (
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %I:%M:%S %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S",
)
_DAYS = ("%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%b %d %Y")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?( [A-Z]{2,4})?|\d{6}")
_NOON = time(12, 0)


class BadCell(Exception):
    """A row cannot be used; the text is the reason."""


def number_of(text: str, name: str) -> Decimal | None:
    """A number as ``1,234.50``, ``$12``, ``(3.20)`` or ``−5``; ``None`` where nothing stands."""
    plain = text.replace("\u2212", "-").replace("$", "").replace("USD", "").replace("\u00a0", "").strip()
    if plain in {"", "-", "--", "\u2014"}:
        return None
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    plain = plain.replace("- ", "-").lstrip("+")
    if not _NUMBER.fullmatch(plain) or not any(mark.isdigit() for mark in plain):
        return _scientific(plain, text, name)
    return Decimal(plain.replace(",", ""))


def _scientific(plain: str, text: str, name: str) -> Decimal:
    if re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d{1,2}", plain):
        try:
            return Decimal(plain)
        except InvalidOperation as error:
            raise BadCell(f"the {name} '{_short(text)}' is not a number") from error
    raise BadCell(f"the {name} '{_short(text)}' is not a number")


def positive(text: str, name: str) -> Decimal:
    """A number above zero."""
    value = number_of(text, name)
    if value is None:
        raise BadCell(f"there is no {name}")
    if not 0 < value <= LARGEST:
        raise BadCell(f"the {name} {_short(text)} is not above zero" if value <= 0 else f"the {name} is too large")
    return value


def side_and_shares(side: str, quantity: str) -> tuple[OrderSide, Decimal]:
    """Side and unsigned shares; without a side the sign of the quantity decides, a sale being below zero."""
    shares = number_of(quantity, "quantity")
    if shares is None:
        raise BadCell("there is no quantity")
    if shares == 0:
        raise BadCell("the quantity is zero")
    if abs(shares) > LARGEST:
        raise BadCell("the quantity is too large")
    if not side:
        return (OrderSide.BUY if shares > 0 else OrderSide.SELL), abs(shares)
    found = _side(side)
    if shares < 0 and found is OrderSide.BUY:
        raise BadCell("a purchase of a quantity below zero contradicts itself")
    return found, abs(shares)


def _side(text: str) -> OrderSide:
    words = re.findall(r"[a-z]+", text.lower())
    first = words[0] if words else ""
    if first in _BUYS or first.startswith("buy"):
        return OrderSide.BUY
    if first in _SELLS or first.startswith("sell"):
        return OrderSide.SELL
    if words[:2] == ["you", "bought"]:
        return OrderSide.BUY
    if words[:2] == ["you", "sold"]:
        return OrderSide.SELL
    raise BadCell(f"'{_short(text)}' is neither a purchase nor a sale")


def symbol_of(text: str) -> str:
    """A share's symbol; options, futures, currencies and coins are refused, for their sizes mean something else."""
    plain = re.sub(r"\s+", " ", text.strip().upper())
    plain = re.sub(r"^([A-Z]{1,5}) ([A-Z])$", r"\1.\2", plain)
    if not plain:
        raise BadCell("there is no symbol")
    if not _SYMBOL.fullmatch(plain):
        raise BadCell(f"'{_short(text)}' is not the symbol of a share")
    if re.fullmatch(r"[A-Z]{3,5}/(USD|USDT|USDC|EUR|BTC)", plain):
        raise BadCell(f"'{_short(text)}' is not the symbol of a share")
    return plain.replace("/", ".")


def moment_of(day: str, clock: str) -> tuple[datetime, bool]:
    """The moment in UTC, and whether the time of day is known; noon stands for an unknown one.

    ``day`` may be empty. What names no zone is New York's. Text with slashes is month first, as brokers there write it.
    """
    whole = f"{day} {clock}" if not clock or _CLOCK.fullmatch(clock.strip()) else clock
    text = re.sub(r"\s+", " ", whole.replace(";", " ").replace(", ", " ")).strip()
    if not text:
        raise BadCell("there is no time")
    found, exact = _iso(text), True
    if found is None:
        found = _by_form(text, _FORMS)
    if found is None:
        day_alone = _by_form(text, _DAYS)
        if day_alone is None:
            raise BadCell(f"the time '{_short(text)}' cannot be read")
        found, exact = datetime.combine(day_alone.date(), _NOON), False
    if found.tzinfo is None:
        found = found.replace(tzinfo=NEW_YORK)
    if found.year < _FIRST_YEAR:
        raise BadCell(f"the year {found.year} cannot be right")
    return found.astimezone(UTC), exact


def _iso(text: str) -> datetime | None:
    plain = re.sub(r"\s?(UTC|GMT)$", "+00:00", re.sub(r"\s?(EST|EDT|ET)$", "", text))
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", plain):
        return None
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        return None


def _by_form(text: str, forms: tuple[str, ...]) -> datetime | None:
    plain = re.sub(r"\s?(EST|EDT|ET)$", "", re.sub(r" as of .*$", "", text)).replace(",", "")
    for form in forms:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007  the caller adds the zone
        except ValueError:
            continue
    return None


def not_in_future(at: datetime, now: datetime) -> None:
    """Refuse what lies more than a day ahead."""
    if at > now + timedelta(days=1):
        raise BadCell(f"{format_date(trading_day(at))} lies in the future")


def liquidity_of(text: str) -> Liquidity:
    """Added or removed, where it is said."""
    word = text.strip().lower()
    if word in {"add", "added", "a", "maker", "passive"}:
        return Liquidity.ADD
    return Liquidity.REMOVE if word in {"remove", "removed", "r", "taker"} else Liquidity.UNKNOWN


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else f"{plain[:39]}…"
