"""Armed keys: order keys do nothing until armed, and not for ever.

Armed ends after 20 minutes without an order. Real money is never armed by a key alone: the last four characters of
the account are typed. After a standstill of the window the keys stay dead until a quote newer than it arrives.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import TradingMode

IDLE = timedelta(minutes=20)


class Arming(QObject):
    """Whether order keys act now. ``tick`` is called once a second by whoever owns a timer."""

    changed = Signal()
    """Armed, locked, dead or alive again; also every second while armed, for the countdown."""
    live_question = Signal(str)
    """A sentence to show beside a field in which the last four characters are typed (``confirm_live``)."""
    announced = Signal(str)
    """One sentence for Activity and for screen readers."""

    def __init__(
        self,
        clock: Clock,
        mode: TradingMode,
        account: Callable[[], tuple[str, str]],
        parent: QObject | None = None,
    ) -> None:
        """``account`` gives the broker's name and the account number in force, both empty while unknown."""
        super().__init__(parent)
        self._clock = clock
        self._mode = mode
        self._account = account
        self._until_ns: int | None = None
        self._stalled_at: datetime | None = None

    @property
    def armed(self) -> bool:
        """True while order keys act."""
        return self._until_ns is not None and self._clock.monotonic_ns() < self._until_ns

    @property
    def stalled(self) -> bool:
        """True from a standstill of the window until a newer quote was seen."""
        return self._stalled_at is not None

    @property
    def remaining(self) -> timedelta:
        """Time until the keys lock by themselves, zero when locked."""
        if self._until_ns is None:
            return timedelta(0)
        return max(timedelta(0), timedelta(microseconds=(self._until_ns - self._clock.monotonic_ns()) / 1000))

    @property
    def chip_text(self) -> str:
        """The words of the light in the banner: ``Keys ARMED 09:18`` or ``Keys locked``."""
        if not self.armed:
            return "Keys locked"
        seconds = int(self.remaining.total_seconds())
        return f"Keys ARMED {seconds // 60:02d}:{seconds % 60:02d}"

    def toggle(self) -> None:
        """Arm or lock (the ``keys.arm`` action). Arming real money only asks the question."""
        if self.armed:
            self.lock()
        elif self._mode is TradingMode.LIVE:
            self.live_question.emit(self.live_sentence)
        else:
            self._arm("Order keys are armed. They lock after 20 minutes without an order.")

    @property
    def live_sentence(self) -> str:
        """What arming real money means, and what to type."""
        broker, account = self._account()
        ending = account[-4:]
        return (
            f"This arms LIVE on {broker}, account ending {ending}, until the window closes or 20 minutes without an "
            f"order. Every send is real money. Type {ending} to arm."
        )

    def confirm_live(self, typed: str) -> bool:
        """Arm real money if ``typed`` is the account's last four characters; returns whether it is armed."""
        broker, account = self._account()
        if not account or typed.strip() != account[-4:]:
            return False
        self._arm(f"Order keys are armed for real money on {broker}, account ending {account[-4:]}.")
        return True

    def lock(self, reason: str = "Order keys are locked.") -> None:
        """Lock now; says so only where they were armed."""
        if self._until_ns is None:
            return
        self._until_ns = None
        self.announced.emit(reason)
        self.changed.emit()

    def touch(self) -> None:
        """An order was sent: the 20 minutes begin anew; the countdown shows it with its next second."""
        if self.armed:
            self._start()

    def tick(self) -> None:
        """Move the countdown; locks when the time is over."""
        if self._until_ns is None:
            return
        if self._clock.monotonic_ns() >= self._until_ns:
            self.lock("Order keys are locked after 20 minutes without an order.")
        else:
            self.changed.emit()

    def note_stall(self, seconds: float) -> None:
        """The window stood still for ``seconds``: order keys are dead until a newer quote arrives."""
        self._stalled_at = self._clock.now()
        self.announced.emit(
            f"The window stood still for {seconds:.0f} s. Order keys wait for a fresh quote, older presses are dropped."
        )
        self.changed.emit()

    def note_quote(self, made_at: datetime) -> None:
        """A quote made at ``made_at`` was put on screen."""
        if self._stalled_at is not None and made_at >= self._stalled_at:
            self._stalled_at = None
            self.changed.emit()

    def _arm(self, sentence: str) -> None:
        self._start()
        self.announced.emit(sentence)
        self.changed.emit()

    def _start(self) -> None:
        self._until_ns = self._clock.monotonic_ns() + int(IDLE.total_seconds() * 1e9)
