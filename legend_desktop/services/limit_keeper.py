"""Keeps the limits that a person set: they survive a restart, and a looser one begins with its session."""

import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import AccountChanged, NoticeLevel
from legend_desktop.domain.risk import GateLimits
from legend_desktop.domain.session import next_weekday, trading_day
from legend_desktop.services.trading_context import TradingContext

SETTING = "gate_limits"


class LimitKeeper:
    """The limits of one account beside the journal: those of now, and those of the next session where they differ."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._shipped = context.risk.limits
        self._later: GateLimits | None = None
        self._from: date | None = None
        context.bus.subscribe(AccountChanged, lambda _: self.begin_session())

    async def load(self) -> None:
        """Bring back what was set; what cannot be read is said and the shipped limits hold. Raises ``StoreError``."""
        context = self._context
        text = await context.ledger.store.load_setting(SETTING)
        if not text:
            return
        try:
            kept = json.loads(text)
            now = _decoded(self._shipped, kept["now"])
            self._later = _decoded(self._shipped, kept["later"])
            self._from = date.fromisoformat(kept["from"])
        except (KeyError, TypeError, ValueError, InvalidOperation):
            words = "The limits that you set cannot be read, so the shipped ones hold. Look at them in Risk."
            context.tell(NoticeLevel.WARNING, "Risk", words, group="risk")
            return
        context.risk.set_limits(now)
        self.begin_session()

    def keep(self, now: GateLimits, later: GateLimits) -> None:
        """Write both down; ``later`` holds from the next session on."""
        context = self._context
        self._later = later
        self._from = next_weekday(trading_day(context.clock.now()))
        kept = {"now": _encoded(now), "later": _encoded(later), "from": self._from.isoformat()}
        context.supervisor.start(self._save(json.dumps(kept)), "limits to the journal")

    def begin_session(self) -> None:
        """Let the limits hold that were set for a later session, once that has come."""
        context = self._context
        if self._later is None or self._from is None or trading_day(context.clock.now()) < self._from:
            return
        later, self._later = self._later, None
        if later != context.risk.limits:
            context.risk.set_limits(later)
            context.tell(NoticeLevel.INFO, "Risk", "The limits that you set for this session hold now.", group="risk")

    async def _save(self, text: str) -> None:
        try:
            await self._context.ledger.store.save_setting(SETTING, text)
        except StoreError as error:
            words = f"The limits hold, but they were not written down. {error.sentence}"
            self._context.tell(NoticeLevel.ERROR, "Risk", words, group="risk")


def _encoded(limits: GateLimits) -> dict[str, str | None]:
    rows = {row.name: getattr(limits, row.name) for row in fields(GateLimits)}
    return {
        name: None if value is None else str(value)
        for name, value in rows.items()
        if value is None or isinstance(value, Decimal)
    }


def _decoded(shipped: GateLimits, rows: dict[str, str | None]) -> GateLimits:
    """``shipped`` with the figures of ``rows``; raises for an unknown name or a text that is no number above zero."""
    values = {name: None if text is None else Decimal(text) for name, text in rows.items()}
    if any(value is not None and not (value.is_finite() and value >= 0) for value in values.values()):
        raise ValueError("a limit is not a number")
    return replace(shipped, **values)  # type: ignore[arg-type]
