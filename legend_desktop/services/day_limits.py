"""The daily loss limit: each account snapshot is held against it, whatever the order path believes.

A limit that was hit is kept beside the journal: starting the program again is no way round it.
"""

import json
from datetime import date
from decimal import Decimal, InvalidOperation

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import AccountChanged, NoticeLevel
from legend_desktop.domain.risk import assess_daily_loss
from legend_desktop.domain.session import trading_day
from legend_desktop.services.risk_state import DAILY_LOSS
from legend_desktop.services.trading_context import TradingContext

ALARM = "daily_loss"
SETTING = "day_limit"
_RANK = list(TradingState).index


class DayLimits:
    """Turns the day's loss into REDUCING or HALTED; only a new trading day opens entries again."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._worst = TradingState.ACTIVE
        self._reason = ""
        self._day = trading_day(context.clock.now())
        self._start_equity: Decimal | None = None
        self._unsaved = False
        self._saving = False
        self._said = False
        context.bus.subscribe(AccountChanged, self._on_account)

    async def load(self) -> None:
        """Bring back the limit that this account hit today, before its first snapshot. Raises ``StoreError``.

        What cannot be read is said, and the loss of now alone counts.
        """
        context = self._context
        if not context.account_key:
            return  # an account that ends with the session begins anew
        text = await context.ledger.store.load_setting(self._setting)
        if not text:
            return
        try:
            kept = json.loads(text)
            day, state, reason = date.fromisoformat(kept["day"]), TradingState(kept["state"]), str(kept["reason"])
            equity = Decimal(kept["start_equity"])
            if not equity.is_finite():
                raise ValueError("no amount")
        except (KeyError, TypeError, ValueError, InvalidOperation):
            words = "Whether the day's loss limit was hit before this start cannot be read. The loss of now counts."
            context.tell(NoticeLevel.WARNING, "Risk", words, group="risk")
            return
        if day == self._day:
            self._start_equity = equity
            self._hold(state, reason)

    def _on_account(self, event: AccountChanged) -> None:
        context = self._context
        account = event.account
        self._begin_new_day(account.start_of_day_equity)
        if account.day_pl is None or not account.start_of_day_equity or account.start_of_day_equity <= 0:
            return
        daily = assess_daily_loss(
            account.day_pl, account.start_of_day_equity, context.risk.limits, len(context.positions)
        )
        context.daily_loss = daily
        # a loss that shrinks again does not open entries: that is the point of the limit
        if _RANK(daily.state) > _RANK(self._worst):
            self._hold(daily.state, daily.sentence)
            self._unsaved = bool(context.account_key)
        if self._unsaved and not self._saving:
            context.supervisor.start(self._save(), "day limit to the journal")

    def _hold(self, state: TradingState, reason: str) -> None:
        self._worst, self._reason = state, reason
        self._context.risk.lock(DAILY_LOSS, state, reason)
        halted = state is TradingState.HALTED
        consequence = "Open positions can be flattened." if halted else "Only exits and cancels from now on."
        self._context.alarm(ALARM, reason, consequence, action="kill.open", label="Stop...")

    def _begin_new_day(self, start_equity: Decimal | None) -> None:
        """Begin anew with the date, and with a new figure to count from: a broker may be late with it."""
        today = trading_day(self._context.clock.now())
        if today == self._day and start_equity in {None, self._start_equity}:
            return
        self._day = today
        self._start_equity = start_equity
        if self._worst is not TradingState.ACTIVE:
            self._worst, self._unsaved = TradingState.ACTIVE, False
            self._context.risk.unlock(DAILY_LOSS)
            self._context.clear_alarm(ALARM)

    @property
    def _setting(self) -> str:
        return f"{SETTING}:{self._context.broker.broker.value}:{self._context.account_key}"

    async def _save(self) -> None:
        """Keep what was hit; a disk that fails is said once and tried again with the next snapshots."""
        state = self._worst
        kept = {
            "day": self._day.isoformat(),
            "state": state.value,
            "reason": self._reason,
            "start_equity": str(self._start_equity),
        }
        self._saving = True
        try:
            await self._context.ledger.store.save_setting(self._setting, json.dumps(kept))
        except StoreError as error:
            if not self._said:
                self._said = True
                words = f"The day's loss limit holds, but a restart would forget it. {error.sentence}"
                self._context.tell(NoticeLevel.ERROR, "Risk", words, group="risk")
        else:
            self._said = False
            self._unsaved = self._unsaved and state is not self._worst
        finally:
            self._saving = False
