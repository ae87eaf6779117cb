"""The one place where key presses become actions.

It listens at the windows themselves, before any widget: so a key means the same wherever the focus is, unless a text
field needs it. It also drops clicks and presses that were queued while the window stood still.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QInputEvent, QKeyEvent, QMouseEvent, QWindow
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.enums import OrderSource
from legend_desktop.viewmodels.action_router import ActionRouter
from legend_desktop.viewmodels.actions import Scope
from legend_desktop.viewmodels.arming import Arming
from legend_desktop.viewmodels.hold import Hold
from legend_desktop.viewmodels.input_age import MAX_AGE_MS, STALL_MS, InputAge
from legend_desktop.viewmodels.key_gate import Blocker, Decision, PressFacts, decide, refusal
from legend_desktop.viewmodels.key_map import Binding, KeyMap
from legend_desktop.viewmodels.key_spelling import Sequence, display
from legend_desktop.views.key_events import MODIFIER_KEYS, is_altgr, presses_of, scopes_of, takes_text

BEAT_MS = 250
HOLD_TICK_MS = 30
CHORD_MS = 1_500
_LONG_AGO = 3_600_000
_BUTTON_EVENTS = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})


class Hotkeys(QObject):
    """Turns key presses in the watched windows into actions of the router.

    ``said`` carries a sentence on a press that did nothing; ``hold_progress`` the action under hold and how far its
    bar is (0 when let go or done).
    """

    said = Signal(str)
    hold_progress = Signal(str, float)

    def __init__(
        self,
        router: ActionRouter,
        arming: Arming,
        keys: KeyMap,
        clock: Clock,
        *,
        stamp_of: Callable[[QInputEvent], int] = QInputEvent.timestamp,
        parent: QObject | None = None,
    ) -> None:
        """``stamp_of`` gives the window system's milliseconds of an event, 0 where it has none."""
        super().__init__(parent)
        self._stamp_of = stamp_of
        self._router = router
        self._arming = arming
        self._keys = keys
        self._clock = clock
        self._windows: list[QWidget] = []
        self._handles: dict[int, QWindow] = {}
        self._ages = InputAge()
        self._hold = Hold()
        self._hold_key = ""
        self._chord: Sequence = ()
        self._chord_at = 0
        self._active_at = -_LONG_AGO
        self._ran: dict[str, int] = {}
        self._beat_timer = QTimer(self)
        self._beat_timer.setInterval(BEAT_MS)
        self._beat_timer.timeout.connect(self._beat)
        self._hold_timer = QTimer(self)
        self._hold_timer.setInterval(HOLD_TICK_MS)
        self._hold_timer.timeout.connect(self._tick_hold)

    # --- set-up --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to watch for standstills."""
        self._beat()
        self._beat_timer.start()

    def dispose(self) -> None:
        """Let go of every window."""
        self._beat_timer.stop()
        self._hold_timer.stop()
        for window in self._windows:
            window.removeEventFilter(self)
        for handle in self._handles.values():
            if isValid(handle):  # a closing window takes its handle along
                handle.removeEventFilter(self)
        self._windows.clear()
        self._handles.clear()

    def set_keys(self, keys: KeyMap) -> None:
        """Use another key map from now on."""
        self._keys = keys
        self._chord = ()

    def watch(self, window: QWidget) -> None:
        """Listen at a top-level window (the desk, a floating panel)."""
        if window in self._windows:
            return
        self._windows.append(window)
        window.installEventFilter(self)
        window.destroyed.connect(lambda: self._forget(window))
        self._take_handle(window)

    def unwatch(self, window: QWidget) -> None:
        """Listen no more at a panel that is part of another window again."""
        self._forget(window)
        window.removeEventFilter(self)
        handle = self._handles.pop(id(window), None)
        if handle is not None and isValid(handle):
            handle.removeEventFilter(self)

    def _forget(self, window: QWidget) -> None:
        self._windows = [row for row in self._windows if row is not window]

    def _take_handle(self, window: QWidget) -> None:
        handle = window.windowHandle() if window.isWindow() else None
        if handle is None or self._handles.get(id(window)) is handle:
            return
        handle.installEventFilter(self)
        self._handles[id(window)] = handle

    # --- events --------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See every key and click of the watched windows first; true takes the event away from the rest."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key_press(event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self._key_release(event)
        elif kind in _BUTTON_EVENTS and isinstance(event, QMouseEvent):
            return self._is_old_click(event)
        elif kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            self._release_old_click(event)
        elif kind == QEvent.Type.WindowActivate:
            self._active_at = self._now()
        elif kind == QEvent.Type.WindowDeactivate:
            self._let_go()
            self._chord = ()
        elif kind in {QEvent.Type.Show, QEvent.Type.WinIdChange} and isinstance(watched, QWidget):
            self._take_handle(watched)
        return False

    def _now(self) -> int:
        return self._clock.monotonic_ns() // 1_000_000

    def _beat(self) -> None:
        self._note_silence(self._ages.beat(self._now()))

    def _note_silence(self, silence: int) -> None:
        if silence >= STALL_MS and not self._arming.stalled:
            self._arming.note_stall(silence / 1000)

    # --- clicks --------------------------------------------------------------------------------------------------

    def _is_old_click(self, event: QMouseEvent) -> bool:
        age = self._ages.age(self._stamp_of(event), self._now())
        if age <= MAX_AGE_MS:
            return False
        self.said.emit(f"A click of {age / 1000:.0f} s ago was dropped: the window stood still. Nothing was sent.")
        return True

    def _release_old_click(self, event: QMouseEvent) -> None:
        """A button that was pressed before a standstill must not act when its old release arrives."""
        if self._ages.age(self._stamp_of(event), self._now()) <= MAX_AGE_MS:
            return
        for window in self._windows:
            for button in window.findChildren(QAbstractButton):
                if button.isDown():
                    button.setDown(False)

    # --- keys ----------------------------------------------------------------------------------------------------

    def _key_press(self, event: QKeyEvent) -> bool:
        if event.key() in MODIFIER_KEYS:
            return False
        now = self._now()
        self._note_silence(self._ages.silence(now))
        presses = presses_of(event)
        focus = QApplication.focusWidget()
        if self._ends_rehearsal(presses, focus):
            return True
        binding, press = self._find(presses, scopes_of(focus), now)
        if binding is None:
            return self._begins_chord(presses, focus, now, event)
        facts = PressFacts(
            press=press,
            auto_repeat=event.isAutoRepeat(),
            window_active=QApplication.activeWindow() in self._windows,
            popup_open=QApplication.activePopupWidget() is not None or QApplication.activeModalWidget() is not None,
            in_text_field=takes_text(focus),
            altgr=is_altgr(event),
            age_ms=self._ages.age(self._stamp_of(event), now),
            since_active_ms=now - self._active_at,
            since_same_ms=now - self._ran.get(binding.action.id, -_LONG_AGO),
            armed=self._arming.armed,
            stalled=self._arming.stalled,
            rehearsing=self._router.rehearsal.on,
        )
        return self._act(binding, facts, now)

    def _ends_rehearsal(self, presses: tuple[str, ...], focus: QWidget | None) -> bool:
        if not self._router.rehearsal.on or presses[:1] != ("Escape",) or takes_text(focus):
            return False
        self._router.rehearsal.end()
        return True

    def _find(self, presses: tuple[str, ...], scopes: frozenset[Scope], now: int) -> tuple[Binding | None, str]:
        before = self._chord if now - self._chord_at <= CHORD_MS else ()
        self._chord = ()
        for press in presses:
            found = self._keys.find((*before, press), scopes)
            if found is not None:
                return found, press
        self._chord = before
        return None, ""

    def _begins_chord(self, presses: tuple[str, ...], focus: QWidget | None, now: int, event: QKeyEvent) -> bool:
        before, self._chord = self._chord, ()
        if event.isAutoRepeat() or (takes_text(focus) and not before):
            return False
        for press in presses:
            if self._keys.begins_chord((*before, press)):
                self._chord, self._chord_at = (*before, press), now
                return True
        return False

    def _act(self, binding: Binding, facts: PressFacts, now: int) -> bool:
        action = binding.action
        answer = decide(action, facts)
        key = display(binding.sequence, mac=self._keys.mac)
        if answer.decision is Decision.PASS:
            return False
        if answer.decision is Decision.REFUSE:
            self.said.emit(self._refusal(binding, key, facts, answer.blockers))
        elif answer.decision is Decision.REHEARSE:
            self._router.show_card(action.id, key, tuple(self._blocked(row) for row in answer.blockers))
        elif answer.decision is Decision.HOLD:
            self._begin_hold(action.id, action.hold_ms, key)
        elif answer.decision is Decision.RUN:
            self._ran[action.id] = now
            pressed = self._clock.monotonic_ns() - facts.age_ms * 1_000_000
            self._router.trigger(action.id, OrderSource.KEY, index=binding.index, pressed_ns=pressed, key=key)
        return True

    def _refusal(self, binding: Binding, key: str, facts: PressFacts, blockers: tuple[Blocker, ...]) -> str:
        would = self._router.describe(binding.action.id).would
        arm_key = self._keys.text_of("keys.arm")
        return refusal(key, would, blockers, arm_key=arm_key, age_ms=facts.age_ms)

    def _blocked(self, blocker: Blocker) -> str:
        if blocker is Blocker.LOCKED:
            return f"Keys are locked. Arm them with {self._keys.text_of('keys.arm')}."
        return "The window stood still. Keys wait for a fresh quote."

    # --- holding -------------------------------------------------------------------------------------------------

    def _begin_hold(self, action_id: str, milliseconds: int, key: str) -> None:
        self._hold_key = key
        self._hold.start(action_id, milliseconds, self._clock.monotonic_ns())
        self._hold_timer.start()
        self.hold_progress.emit(action_id, 0.0)

    def _key_release(self, event: QKeyEvent) -> None:
        if self._hold.name and not event.isAutoRepeat():
            self._let_go()

    def _let_go(self) -> None:
        if not self._hold.name:
            return
        name = self._hold.name
        self._hold.cancel()
        self._hold_timer.stop()
        self.hold_progress.emit(name, 0.0)

    def _tick_hold(self) -> None:
        name = self._hold.name
        done = self._hold.tick(self._clock.monotonic_ns())
        if not done:
            self.hold_progress.emit(name, self._hold.progress())
            return
        self._hold_timer.stop()
        self.hold_progress.emit(name, 0.0)
        self._router.trigger(
            done, OrderSource.KEY, pressed_ns=self._clock.monotonic_ns(), key=self._hold_key, held=True
        )
