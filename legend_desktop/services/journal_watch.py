"""Holds entries back while the journal cannot take them, and says why, from the journal's own word about itself."""

from legend_desktop.domain.enums import TradingState
from legend_desktop.domain.events import NoticeLevel
from legend_desktop.services.order_ledger import JOURNAL_ALARM
from legend_desktop.services.ports import JournalHealth
from legend_desktop.services.risk_state import JOURNAL
from legend_desktop.services.trading_context import TradingContext

SOURCE = "Journal"


class JournalWatch:
    """Turns the health of the journal into the entries lock, the alarm strip and notices.

    A journal that takes no entries locks them at once, before an order finds out: a disk that runs full, a lost
    server without a spool, a file that is open for reading only. A mere warning is told once until it has gone.
    """

    def __init__(self, context: TradingContext) -> None:
        self._context = context
        self._locked = False
        self._warned = False
        self.end = context.ledger.store.on_health(self.take)

    def take(self, health: JournalHealth) -> None:
        """Act on what the journal says of itself now."""
        if health.writable:
            self._release()
            self._warn(health)
        else:
            self._hold(health)

    def _hold(self, health: JournalHealth) -> None:
        context = self._context
        fact, _, rest = health.sentence.partition(". ")
        fact = fact.rstrip(".") + "."
        consequence = rest or "No order is sent until the journal can be written again."
        waiting = spooled_sentence(health.spooled)
        context.risk.lock(JOURNAL, TradingState.ACTIVE, fact)
        context.alarm(
            JOURNAL_ALARM, fact, f"{consequence} {waiting}".strip(), action="panel.activity", label="Show details"
        )
        if not self._locked:
            self._locked = True
            context.tell(NoticeLevel.NEEDS_YOU, SOURCE, health.sentence, group=JOURNAL_ALARM)

    def _release(self) -> None:
        if not self._locked:
            return
        self._locked = False
        context = self._context
        context.risk.unlock(JOURNAL)
        context.clear_alarm(JOURNAL_ALARM)
        context.tell(NoticeLevel.GOOD, SOURCE, "The journal takes entries again.", group=JOURNAL_ALARM)

    def _warn(self, health: JournalHealth) -> None:
        said = bool(health.sentence)
        if said and not self._warned:
            waiting = spooled_sentence(health.spooled)
            sentence = f"{health.sentence} {waiting}".strip()
            self._context.tell(NoticeLevel.WARNING, SOURCE, sentence, group=JOURNAL_ALARM)
        self._warned = said


def spooled_sentence(count: int) -> str:
    """What waits beside the journal, in words; empty for nothing."""
    if not count:
        return ""
    return f"{count} {'entry waits' if count == 1 else 'entries wait'} in the spool and will be written then."
