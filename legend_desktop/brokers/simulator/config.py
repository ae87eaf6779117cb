"""The settings of the simulator as small value classes."""

import math
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from legend_desktop.domain.errors import InvalidInput

DEFAULT_SEED = 24
AS_FAST_AS_POSSIBLE = math.inf


class StopTrigger(StrEnum):
    """What sets a stop off: a trade at or through it, or the far side of the quote."""

    TRADE = "trade"
    QUOTE = "quote"


class MarketHours(StrEnum):
    """When orders match: at all times, or in the New York session of weekdays (holidays are not known)."""

    ALWAYS_OPEN = "always_open"
    NEW_YORK = "new_york"


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """What a fill costs, in dollars.

    Commission is for both sides; ``commission_per_order`` comes with an order's first fill. The regulatory fees are for
    sells alone: ``sec_rate`` per dollar sold (Section 31, 20.60 a million) and ``taf_per_share`` up to ``taf_cap``.
    """

    commission_per_share: Decimal = Decimal(0)
    commission_per_order: Decimal = Decimal(0)
    sec_rate: Decimal = Decimal("0.0000206")
    taf_per_share: Decimal = Decimal("0.000195")
    taf_cap: Decimal = Decimal("9.79")


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """How the simulated broker and its market behave.

    ``symbols`` are quoted from the start (empty: the thirty well-known ones); ``quote_rate`` is their sum of quotes and
    trades a second (zero: prices stand still).
    ``self_driven`` runs the market by itself in steps of ``tick_interval`` seconds; otherwise
    ``advance`` and ``step`` of the adapter move it. ``replay_path`` plays a CSV file at ``replay_speed`` times its own
    pace (infinity: as fast as possible). ``state_path`` keeps the account on disk, ``None`` in memory only.
    ``latency`` is the way to the broker and back in seconds, ``reject_rate`` the share of orders refused at random.
    ``hard_to_borrow`` adds symbols that cannot be sold short; ``depth_levels`` is how many prices beyond the touch a
    taking order may reach before it waits for the next quote. Raises ``InvalidInput`` for impossible values.
    """

    seed: int = DEFAULT_SEED
    symbols: tuple[str, ...] = ()
    quote_rate: float = 200.0
    tick_interval: float = 0.01
    self_driven: bool = True
    jumps: bool = True
    halts: bool = True
    history_minutes: int = 480
    replay_path: Path | None = None
    replay_speed: float = 1.0
    starting_cash: Decimal = Decimal(100_000)
    state_path: Path | None = None
    latency: float = 0.0
    reject_rate: float = 0.0
    fees: FeeSchedule = field(default_factory=FeeSchedule)
    stop_trigger: StopTrigger = StopTrigger.TRADE
    market_hours: MarketHours = MarketHours.ALWAYS_OPEN
    hard_to_borrow: frozenset[str] = frozenset()
    depth_levels: int = 5

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        for name in ("tick_interval", "replay_speed"):
            if not getattr(self, name) > 0:
                raise InvalidInput(f"The simulator's {name} must be above 0, not {getattr(self, name)}.")
        if not 0 <= self.quote_rate <= 1e7:
            raise InvalidInput(f"The simulator's quote_rate must be within 0 and ten million, not {self.quote_rate}.")
        if self.latency < 0 or not 0 <= self.reject_rate <= 1:
            raise InvalidInput("The simulator's latency must not be below 0 and its reject_rate within 0 and 1.")
        if self.depth_levels < 1 or self.history_minutes < 0 or self.starting_cash < 0:
            raise InvalidInput("The simulator's depth_levels, history_minutes and starting_cash must not be negative.")
