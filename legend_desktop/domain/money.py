"""Decimal helpers for money, price and quantity.

Numbers enter as text, int, Decimal or float; a float is taken by its shortest text, so 0.1 is one tenth.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation

Number = Decimal | int | str | float

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
BASIS_POINTS = Decimal(10_000)
CENT = Decimal("0.01")
MICRO = Decimal("0.000001")


def to_decimal(value: Number, name: str = "number") -> Decimal:
    """Return ``value`` as a finite Decimal.

    Raises ``ValueError`` naming ``name`` when the value is not a number, NaN or infinite.
    """
    if isinstance(value, bool):
        raise ValueError(f"{name} must be a number, not {value}")
    try:
        result = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValueError(f"{name} must be a number, not {value!r}") from error
    if not result.is_finite():
        raise ValueError(f"{name} must be a finite number, not {value!r}")
    return result


def optional_decimal(value: Number | None, name: str = "number") -> Decimal | None:
    """Return ``None`` for ``None``, else ``to_decimal``."""
    return None if value is None else to_decimal(value, name)


def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Largest multiple of ``step`` that is not above ``value``; ``step`` must be positive."""
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Smallest multiple of ``step`` that is not below ``value``; ``step`` must be positive."""
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def round_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    """Nearest multiple of ``tick``, halves away from zero."""
    return (price / tick).to_integral_value(rounding=ROUND_HALF_UP) * tick


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """True where ``value`` is a whole number of steps."""
    return value % step == 0


def to_cents(amount: Decimal) -> Decimal:
    """Money rounded to the cent, halves up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_micro(value: Decimal) -> int:
    """``value`` as whole micro-units (10^-6), half-even: the stored form of money, price and quantity."""
    return int((value / MICRO).to_integral_value(rounding=ROUND_HALF_EVEN))


def from_micro(units: int) -> Decimal:
    """Inverse of ``to_micro``, without trailing zeros beyond the natural ones."""
    value = Decimal(units).scaleb(-6)
    whole = value.to_integral_value(rounding=ROUND_DOWN)
    return whole if whole == value else value.normalize()


def default_tick(price: Decimal) -> Decimal:
    """Tick of a US stock where the instrument says none: 0.01 from one dollar on, 0.0001 below (Rule 612)."""
    return CENT if price >= ONE else Decimal("0.0001")
