"""The daily loss limit: each account snapshot is held against it, whatever the order path believes."""

from decimal import Decimal

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.events import AccountChanged
from legend_desktop.domain.risk import assess_daily_loss
from legend_desktop.domain.session import trading_day
from legend_desktop.services.risk_state import DAILY_LOSS
from legend_desktop.services.trading_context import TradingContext

ALARM = "daily_loss"
_RANK = list(TradingState).index


class DayLimits:
    """Turns the day's loss into REDUCING or HALTED; only a new trading day opens entries again."""

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._worst = TradingState.ACTIVE
        self._day = trading_day(context.clock.now())
        self._start_equity: Decimal | None = None
        context.bus.subscribe(AccountChanged, self._on_account)

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
        if _RANK(daily.state) <= _RANK(self._worst):
            return  # a loss that shrinks again does not open entries: that is the point of the limit
        self._worst = daily.state
        context.risk.lock(DAILY_LOSS, daily.state, daily.sentence)
        halted = daily.state is TradingState.HALTED
        consequence = "Open positions can be flattened." if halted else "Only exits and cancels from now on."
        context.alarm(ALARM, daily.sentence, consequence, action="kill.open", label="Stop...")

    def _begin_new_day(self, start_equity: Decimal | None) -> None:
        """Begin anew with the date, and with a new figure to count from: a broker may be late with it."""
        today = trading_day(self._context.clock.now())
        if today == self._day and start_equity in {None, self._start_equity}:
            return
        self._day = today
        self._start_equity = start_equity
        if self._worst is not TradingState.ACTIVE:
            self._worst = TradingState.ACTIVE
            self._context.risk.unlock(DAILY_LOSS)
            self._context.clear_alarm(ALARM)
