"""The question before the window closes: what rests at the broker, which shares have no stop, and what to do about it.

Nothing waits for the answer but the closing itself: trading goes on meanwhile, and the words follow it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.enums import BrokerType, OrderRole, OrderState, OrderType
from legend_desktop.domain.orders import Order
from legend_desktop.services.order_words import order_sentence
from legend_desktop.viewmodels.command_ast import CancelCommand, CancelWhat
from legend_desktop.viewmodels.command_runner import CommandRunner
from legend_desktop.viewmodels.plans import Plan

SHOWN = 4
STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
REASON = "the window was closed"


@dataclass(frozen=True, slots=True)
class ClosingQuestion:
    """What stands on the card. ``leave`` and ``cancel`` are the words on the buttons; an empty one is not offered."""

    title: str
    rows: tuple[str, ...]
    meaning: str
    leave: str
    cancel: str = ""
    warning: str = ""


class ClosingViewModel(QObject):
    """Asks where something is open, and carries the answer out. ``bare`` names the shares that have no stop."""

    asked = Signal()
    """The question has to be shown."""
    changed = Signal()
    """``progress`` has changed."""
    answered = Signal()
    """The question is over, whatever the answer was."""
    ended = Signal(str)
    """The program may end, for this reason."""

    def __init__(self, runner: CommandRunner, bare: Callable[[], Sequence[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._facts = runner.facts
        self._bare = bare
        self._cancelling = ""
        self._progress = ""
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)

    @property
    def cancelling(self) -> bool:
        """True while the program ends as soon as every order is cancelled."""
        return bool(self._cancelling)

    @property
    def progress(self) -> str:
        """What became of the answer so far, in one sentence; empty before there is one."""
        return self._progress

    @property
    def open(self) -> bool:
        """True where closing would leave something behind."""
        return bool(self._orders() or self._bare())

    def want(self) -> None:
        """Somebody closes the window: ask, or end at once where there is nothing to ask about."""
        if self.open or self.cancelling:
            self.asked.emit()
        else:
            self.leave()

    def question(self) -> ClosingQuestion:
        """The question of now."""
        orders, bare = self._orders(), list(self._bare())
        title = " ".join(row for row in (_count(orders), _bare_title(bare)) if row)
        rows = [order_sentence(replace(row.terms, quantity=row.remaining_quantity)) for row in reversed(orders)]
        if len(rows) > SHOWN:
            rows = [*rows[: SHOWN - 1], f"and {len(rows) - SHOWN + 1} more"]
        return ClosingQuestion(
            title=title or "Nothing is open any more.",
            rows=(*rows, *(f"{row}." for row in bare[:SHOWN])),
            meaning=self._meaning(orders, bare),
            leave="Leave orders working" if orders else "Close the window",
            cancel=self._cancel_words(orders),
            warning=_stops_lost(orders),
        )

    def leave(self) -> None:
        """Close and touch nothing."""
        self._cancelling = self._progress = ""
        self.answered.emit()
        self.ended.emit(REASON)

    def stay(self) -> None:
        """Do not close. Cancels that are on their way go on."""
        self._cancelling = self._progress = ""
        self.answered.emit()

    def cancel(self) -> None:
        """Cancel every order, and close once nothing is working any more."""
        if self._cancelling:
            return
        plan = self._plan()
        self._cancelling = plan.key
        self._say("Cancelling. The window closes when the last one is confirmed.")
        if not self._runner.run(plan):
            self._cancelling = ""
            self.changed.emit()

    # --- words ---------------------------------------------------------------------------------------------------

    def _orders(self) -> list[Order]:
        return [row for row in self._facts.orders.open_orders() if row.state is not OrderState.INTENT]

    def _cancel_words(self, orders: Sequence[Order]) -> str:
        if not orders:
            return ""
        return "Cancel it, then close" if len(orders) == 1 else f"Cancel {len(orders)}, then close"

    def _meaning(self, orders: Sequence[Order], bare: Sequence[str]) -> str:
        facts = self._facts
        if facts.broker is BrokerType.SIMULATOR:
            return (
                "The simulator trades only while Legend runs. Until it is open again nothing fills, no price moves "
                "and no stop goes off."
                if orders or bare
                else ""
            )
        words = []
        if orders:
            words.append(f"They rest at {facts.broker_name} and work there without this computer.")
        if any(row.state is OrderState.UNKNOWN for row in orders):
            words.append("What is unknown is asked for at the next start.")
        if bare:
            words.append("Nobody watches shares without a stop while Legend is closed.")
        return " ".join(words)

    def _plan(self) -> Plan:
        return self._runner.plan(CancelCommand(CancelWhat.ALL))

    # --- what became of it ---------------------------------------------------------------------------------------

    def _on_finished(self, key: str, sentence: str) -> None:
        if key != self._cancelling:
            return
        self._cancelling = ""
        if self._orders():
            self._say(sentence)
        else:
            self.leave()

    def _on_failed(self, key: str, sentence: str) -> None:
        if key == self._cancelling:
            self._cancelling = ""
            self._say(sentence)

    def _say(self, words: str) -> None:
        self._progress = words
        self.changed.emit()


def _count(orders: Sequence[Order]) -> str:
    unknown = sum(row.state is OrderState.UNKNOWN for row in orders)
    if not orders:
        return ""
    words = "1 order is working" if len(orders) == 1 else f"{len(orders)} orders are working"
    if unknown == len(orders):
        words = words.replace("working", "unknown")
    elif unknown:
        words += f", {unknown} of them unknown"
    return f"{words}."


def _bare_title(bare: Sequence[str]) -> str:
    if not bare:
        return ""
    return "1 position has no stop." if len(bare) == 1 else f"{len(bare)} positions have no stop."


def _stops_lost(orders: Sequence[Order]) -> str:
    stops = sum(row.intent.role is not OrderRole.ENTRY and row.terms.order_type in STOPS for row in orders)
    if not stops:
        return ""
    if len(orders) == 1:
        return "It is a stop: without it its shares have none."
    if stops == 1:
        return "1 of them is a stop: without it its shares have none."
    return f"{stops} of them are stops: without them their shares have none."
