"""The state of the window's edge: mode, account, line, lights, alarms, rehearsal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import BrokerType, ConnectionState, TradingMode, TradingState
from legend_desktop.domain.events import Alarm, ConnectionChanged, TradingStateChanged
from legend_desktop.domain.formatting import format_age, format_duration_ms
from legend_desktop.services.event_bus import EventBus
from legend_desktop.viewmodels.action_router import Rehearsal
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.base import ViewModel

MAX_STRIPS = 2


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account that the switcher offers; ``current`` is the one of this window."""

    id: str
    label: str
    mode: TradingMode
    current: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionLight:
    """The light of the line: filled while ``well``; ``note`` (the answer time) is the first to give way."""

    well: bool
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AlarmStripState:
    """One yellow strip: facts that share a button. ``more`` counts the alarms that found no strip."""

    alarms: tuple[Alarm, ...]
    more: int = 0

    @property
    def action(self) -> str:
        """Action id of the button, empty for none."""
        return self.alarms[0].action

    @property
    def action_label(self) -> str:
        """Words of the button."""
        return self.alarms[0].action_label

    @property
    def to_acknowledge(self) -> tuple[str, ...]:
        """Keys of the alarms on the strip that only a person's word ends."""
        return tuple(alarm.key for alarm in self.alarms if alarm.acknowledge)

    @property
    def spoken(self) -> str:
        """The whole strip in words."""
        words = [f"{alarm.fact} {alarm.consequence}".strip() for alarm in self.alarms]
        if self.more:
            words.append(f"And {self.more} more.")
        return " ".join(words)


class ShellViewModel(ViewModel):
    """What banner, alarm strips, frame and title show. ``tick`` once a second moves ages and the countdown.

    Signals: ``changed`` for the banner, ``alarms_changed`` for the strips, ``alarm_raised`` with the words of a new
    alarm, ``action_wanted`` with an action id that a light or strip asks for, ``acknowledged`` with the key of an alarm
    that was seen, ``account_wanted`` with an account id.
    """

    changed = Signal()
    alarms_changed = Signal()
    alarm_raised = Signal(str)
    action_wanted = Signal(str)
    acknowledged = Signal(str)
    account_wanted = Signal(str)

    def __init__(
        self,
        bus: EventBus,
        clock: Clock,
        *,
        mode: TradingMode,
        broker: BrokerType,
        account: Callable[[], tuple[str, str]],
        arming: Arming,
        rehearsal: Rehearsal,
        entries: tuple[TradingState, bool, str] = (TradingState.ACTIVE, True, ""),
        parent: QObject | None = None,
    ) -> None:
        """``account`` gives the broker's name and the account number; ``entries`` is what the desk may send now."""
        super().__init__(parent)
        self._clock = clock
        self._mode = mode
        self._broker = broker
        self._account = account
        self.arming = arming
        self.rehearsal = rehearsal
        self._state, self._entries_open, self._reason = entries
        self._line = ConnectionState.DISCONNECTED
        self._line_since: datetime | None = None
        self._line_reason = ""
        self._latency: float | None = None
        self._alarms: dict[str, Alarm] = {}
        self._accounts: tuple[AccountChoice, ...] = ()
        self.listen(bus, ConnectionChanged, self._on_connection)
        self.listen(bus, TradingStateChanged, self._on_state)
        self.listen(bus, Alarm, self._on_alarm)
        arming.changed.connect(self.changed)
        rehearsal.changed.connect(self._on_rehearsal)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to tick once a second."""
        self._timer.start()

    def dispose(self) -> None:
        """Stop ticking and listening."""
        self._timer.stop()
        super().dispose()

    def tick(self) -> None:
        """Move the armed countdown and the age of a lost line."""
        self.arming.tick()
        if self._line is not ConnectionState.CONNECTED:
            self.changed.emit()

    # Mode and account ------------------------------------------------------------------------------------------

    @property
    def mode(self) -> TradingMode:
        """Simulated or real money."""
        return self._mode

    @property
    def live(self) -> bool:
        """True where orders are real money."""
        return self._mode is TradingMode.LIVE

    @property
    def mode_word(self) -> str:
        """``PAPER`` or ``LIVE``."""
        return self._mode.value.upper()

    @property
    def mode_note(self) -> str:
        """What the mode means, in two words."""
        return "real money" if self.live else "simulated fills"

    @property
    def account_label(self) -> str:
        """``Simulator · SIM-0001`` or ``Alpaca · account ending 4417``."""
        name, number = self._account()
        if not number:
            return name
        if self._broker is BrokerType.SIMULATOR:
            return f"{name} · {number}"
        return f"{name} · account ending {number[-4:]}"

    @property
    def window_title(self) -> str:
        """The title for the system's window list."""
        name, number = self._account()
        ending = f" ...{number[-4:]}" if number and self._broker is not BrokerType.SIMULATOR else ""
        return f"{self.mode_word} - {name}{ending} - Legend"

    @property
    def accounts(self) -> tuple[AccountChoice, ...]:
        """What the switcher offers."""
        return self._accounts

    def set_accounts(self, accounts: tuple[AccountChoice, ...]) -> None:
        """Tell which accounts there are."""
        self._accounts = accounts
        self.changed.emit()

    def choose_account(self, account_id: str) -> None:
        """Ask for another account."""
        self.account_wanted.emit(account_id)

    def next_account(self) -> None:
        """Ask for the account after the current one, round and round."""
        ids = [choice.id for choice in self._accounts]
        here = next((place for place, choice in enumerate(self._accounts) if choice.current), -1)
        if len(ids) > 1:
            self.account_wanted.emit(ids[(here + 1) % len(ids)])

    # Lights ----------------------------------------------------------------------------------------------------

    @property
    def light(self) -> ConnectionLight:
        """The line to the broker in words."""
        name, _ = self._account()
        age = format_age(self._clock.now() - self._line_since) if self._line_since is not None else ""
        if self._line is ConnectionState.CONNECTED:
            note = format_duration_ms(self._latency) if self._latency is not None else ""
            return ConnectionLight(True, name, note.replace(".0 ms", " ms"))
        words = {
            ConnectionState.LOST: "lost",
            ConnectionState.LOGIN_ENDED: "login ended",
            ConnectionState.CONNECTING: "connecting",
            ConnectionState.DISCONNECTED: "not connected",
        }[self._line]
        return ConnectionLight(False, f"{name} {words}, {age}" if age else f"{name} {words}")

    @property
    def light_reason(self) -> str:
        """Why the line is as it is, empty while well."""
        return self._line_reason

    @property
    def trading_state(self) -> TradingState:
        """ACTIVE, REDUCING or HALTED."""
        return self._state

    @property
    def entries_open(self) -> bool:
        """True where entries may be sent."""
        return self._entries_open

    @property
    def entries_words(self) -> str:
        """``Entries open`` or ``Entries locked``."""
        return "Entries open" if self._entries_open else "Entries locked"

    @property
    def entries_reason(self) -> str:
        """Why entries are locked."""
        return self._reason

    @property
    def keys_words(self) -> str:
        """``Keys ARMED 12:41`` or ``Keys locked``."""
        return self.arming.chip_text

    @property
    def armed(self) -> bool:
        """True while order keys act."""
        return self.arming.armed

    @property
    def rehearsing(self) -> bool:
        """True while keys only show what they would do."""
        return self.rehearsal.on

    def want(self, action_id: str) -> None:
        """Ask for an action by id."""
        if action_id:
            self.action_wanted.emit(action_id)

    # Alarms ----------------------------------------------------------------------------------------------------

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm that holds, oldest first."""
        return tuple(self._alarms.values())

    def strips(self) -> tuple[AlarmStripState, ...]:
        """At most two strips; alarms with the same buttons share one, two facts a strip."""
        strips: list[list[Alarm]] = []
        for alarm in self._alarms.values():
            buttons = (alarm.action, alarm.acknowledge)
            mate = next(
                (row for row in strips if len(row) < 2 and (row[0].action, row[0].acknowledge) == buttons), None
            )
            if mate is not None:
                mate.append(alarm)
            else:
                strips.append([alarm])
        hidden = sum(len(row) for row in strips[MAX_STRIPS:])
        shown = [AlarmStripState(tuple(row)) for row in strips[:MAX_STRIPS]]
        if hidden:
            shown[-1] = AlarmStripState(shown[-1].alarms, hidden)
        return tuple(shown)

    def acknowledge(self, strip: AlarmStripState) -> None:
        """A person has seen what this strip says."""
        for key in strip.to_acknowledge:
            self.acknowledged.emit(key)

    # Inside ----------------------------------------------------------------------------------------------------

    def _on_connection(self, event: ConnectionChanged) -> None:
        if event.broker is not self._broker:
            return
        if event.state is not self._line:
            self._line = event.state
            self._line_since = event.at
        self._line_reason = event.reason
        self._latency = event.latency_ms if event.latency_ms is not None else self._latency
        self.changed.emit()

    def _on_state(self, event: TradingStateChanged) -> None:
        self._state, self._entries_open, self._reason = event.state, event.entries_open, event.reason
        self.changed.emit()

    def _on_alarm(self, alarm: Alarm) -> None:
        known = self._alarms.get(alarm.key)
        if not alarm.active:
            if known is None:
                return
            del self._alarms[alarm.key]
        else:
            if known == alarm:
                return
            self._alarms[alarm.key] = alarm
        self.alarms_changed.emit()
        if alarm.active and (known is None or known.fact != alarm.fact):
            self.alarm_raised.emit(f"{alarm.fact} {alarm.consequence}".strip())

    def _on_rehearsal(self, _on: bool) -> None:
        self.changed.emit()
