"""The lock that only a person lifts, kept over restarts."""

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.services.risk_state import PERSON
from legend_desktop.services.trading_context import TradingContext

LOCK_SETTING = "trading_lock"


async def lock_for_person(context: TradingContext, reason: str) -> None:
    """Halt everything but cancels and flatten until a person unlocks; a failing disk is said and does not stop it."""
    context.risk.lock(PERSON, TradingState.HALTED, reason)
    try:
        await context.ledger.store.save_setting(LOCK_SETTING, reason)
    except StoreError as error:
        words = f"Trading is locked, but the lock would not survive a restart. {error.sentence}"
        context.tell(NoticeLevel.NEEDS_YOU, "Stop", words)
        return
    context.tell(NoticeLevel.WARNING, "Stop", f"Trading is locked. {reason}")
