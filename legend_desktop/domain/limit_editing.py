"""Limits may be made tighter at once; what would make them looser waits for the next session."""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal

from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.formatting import format_day, format_money, format_percent, plain
from legend_desktop.domain.risk import GateLimits

LimitValue = Decimal | int | bool | timedelta | None

_LARGER_IS_TIGHTER = frozenset(
    {"duplicate_window", "identical_window", "lock_after_throttle", "buying_power_slack", "gross_is_hard"}
)
_MAY_BE_ABSENT = frozenset(
    {"max_order_value", "max_order_percent", "max_position_percent", "max_percent_adv", "max_risk_percent"}
)


@dataclass(frozen=True, slots=True)
class LimitEdit:
    """The outcome of an edit: the limits from now on, those of the next session, a sentence where something waits."""

    now: GateLimits
    later: GateLimits
    sentence: str = ""

    @property
    def waits(self) -> bool:
        """True where a part of the edit takes effect in the next session only."""
        return self.now != self.later


def tightened(current: GateLimits, wanted: GateLimits, next_session: date) -> LimitEdit:
    """Take the tighter parts of ``wanted`` at once and keep its looser parts for ``next_session``.

    Raises ``InvalidInput`` for a limit at or below zero, or a halt limit under the reduce limit.
    """
    _check(wanted)
    kept: dict[str, LimitValue] = {}
    for field in fields(GateLimits):
        before, after = getattr(current, field.name), getattr(wanted, field.name)
        if before != after and is_looser(field.name, before, after):
            kept[field.name] = before
    now = replace(wanted, **kept)  # type: ignore[arg-type]
    if not kept:
        return LimitEdit(now, wanted)
    parts = ", ".join(_spoken(name, getattr(wanted, name)) for name in kept)
    what = "this limit" if len(kept) == 1 else "these limits"
    sentence = f"Today {what} can be made tighter, not looser. {parts} will apply from {format_day(next_session)}."
    return LimitEdit(now, wanted, sentence[0].upper() + sentence[1:])


def is_looser(name: str, before: LimitValue, after: LimitValue) -> bool:
    """True where the field ``name`` would allow more with ``after`` than with ``before``."""
    if before is None:
        return False
    if after is None:
        return True
    smaller = _size(after) < _size(before)
    return smaller if name in _LARGER_IS_TIGHTER else _size(after) > _size(before)


def _size(value: LimitValue) -> Decimal:
    if isinstance(value, timedelta):
        return Decimal(str(value.total_seconds()))
    return Decimal(0) if value is None else Decimal(value)


def _check(limits: GateLimits) -> None:
    for field in fields(GateLimits):
        value: LimitValue = getattr(limits, field.name)
        if isinstance(value, bool) or (value is None and field.name in _MAY_BE_ABSENT):
            continue
        low_is_fine = field.name in _LARGER_IS_TIGHTER
        if value is None or not _size(value).is_finite() or _size(value) < 0 or (_size(value) == 0 and not low_is_fine):
            name = field.name.replace("_", " ")
            raise InvalidInput(f"The {name} must be above zero.", advice="Type a number above zero.")
    if limits.halt_loss_percent < limits.reduce_loss_percent:
        raise InvalidInput(
            "The halt limit must not be below the limit from which only exits are allowed.",
            advice="Raise the one or lower the other.",
        )


def _spoken(name: str, value: LimitValue) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    exact = Decimal(value)
    if name.endswith(("_percent", "_slack", "_adv")):
        return format_percent(exact, trim=True)
    return format_money(exact) if name.endswith("_value") else plain(exact)
