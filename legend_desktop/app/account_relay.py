"""Carries what accounts in the background have to say to the window, and the last facts to a window made later."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from legend_desktop.domain.clock import Clock
from legend_desktop.domain.events import (
    AccountChanged,
    Alarm,
    ConnectionChanged,
    Notice,
    NoticeLevel,
    PositionsChanged,
    ReconcileFinished,
    RoundTripsChanged,
    TradingStateChanged,
    ValueAtRiskChanged,
)
from legend_desktop.services.account_session import AccountSession

KEPT_NOTICES = 500
_FACTS = (
    ConnectionChanged,
    TradingStateChanged,
    AccountChanged,
    PositionsChanged,
    ReconcileFinished,
    RoundTripsChanged,
    ValueAtRiskChanged,
)


@dataclass(slots=True)
class _Heard:
    """What one account said last."""

    session: AccountSession
    facts: dict[type, object] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    ends: list[Callable[[], None]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.session.profile.label


class AccountRelay:
    """One account is attended (the window shows it); notices and alarms of the others are handed to its bus.

    What comes from another account names it: ``Alpaca: 200 KO shares have no stop``.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._attended: _Heard | None = None
        self._notices: deque[Notice] = deque(maxlen=KEPT_NOTICES)
        self._early: list[Notice] = []
        self._passed: deque[Notice | Alarm] = deque(maxlen=KEPT_NOTICES)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The newest notices of every account, for a window that is made later."""
        return tuple(self._notices)

    def watch(self, session: AccountSession) -> None:
        """Listen to ``session`` until ``end``."""
        heard = _Heard(session)
        self._heard[session.profile.id] = heard
        for kind in _FACTS:
            heard.ends.append(session.bus.subscribe(kind, partial(heard.facts.__setitem__, kind)))
        heard.ends.append(session.bus.subscribe(Notice, lambda notice: self._on_notice(heard, notice)))
        heard.ends.append(session.bus.subscribe(Alarm, lambda alarm: self._on_alarm(heard, alarm)))

    def forget(self, profile_id: str) -> None:
        """An account was closed: its alarms end with it."""
        heard = self._heard.pop(profile_id, None)
        if heard is None:
            return
        for end in heard.ends:
            end()
        for alarm in heard.alarms.values():
            self._pass_on(self._foreign(heard, replace(alarm, active=False)))

    def attend(self, session: AccountSession) -> None:
        """The window shows ``session`` from now on."""
        self._attended = self._heard[session.profile.id]

    def bring_up_to_date(self) -> None:
        """Say the last facts and every alarm once more, for a window that was made after they were said."""
        attended = self._attended
        if attended is None:
            return
        for fact in tuple(attended.facts.values()):
            attended.session.bus.publish(fact)
        for alarm in tuple(attended.alarms.values()):
            attended.session.bus.publish(alarm)
        for heard in self._heard.values():
            if heard is not attended:
                for alarm in tuple(heard.alarms.values()):
                    self._pass_on(self._foreign(heard, alarm))

    def tell(self, level: NoticeLevel, source: str, sentence: str) -> None:
        """Say something that belongs to no account."""
        notice = Notice(self._clock.now(), level, source, sentence)
        if self._attended is None:
            self._early.append(notice)
        else:
            self._attended.session.bus.publish(notice)

    def say_early(self) -> None:
        """Say what was told before there was a window."""
        early, self._early = self._early, []
        if self._attended is not None:
            for notice in early:
                self._attended.session.bus.publish(notice)

    def end(self) -> None:
        """Listen no more."""
        for profile_id in tuple(self._heard):
            heard = self._heard.pop(profile_id)
            for end in heard.ends:
                end()
        self._attended = None

    def _on_notice(self, heard: _Heard, notice: Notice) -> None:
        if self._is_passed_on(notice):
            return
        if heard is self._attended:
            self._notices.append(notice)
            return
        named = replace(notice, sentence=f"{heard.name}: {notice.sentence}")
        self._notices.append(named)
        self._pass_on(named)

    def _on_alarm(self, heard: _Heard, alarm: Alarm) -> None:
        if self._is_passed_on(alarm):
            return
        if alarm.active:
            heard.alarms[alarm.key] = alarm
        else:
            heard.alarms.pop(alarm.key, None)
        if heard is not self._attended:
            self._pass_on(self._foreign(heard, alarm))

    def _foreign(self, heard: _Heard, alarm: Alarm) -> Alarm:
        """The alarm as another account's window shows it: its button leads to the account, not into this one."""
        return replace(
            alarm,
            key=f"{heard.session.profile.id}/{alarm.key}",
            fact=f"{heard.name}: {alarm.fact}" if alarm.fact else "",
            action="panel.connections" if alarm.action else "",
            action_label="Show connections" if alarm.action else "",
        )

    def _pass_on(self, event: Notice | Alarm) -> None:
        if self._attended is not None:
            self._passed.append(event)
            self._attended.session.bus.publish(event)

    def _is_passed_on(self, event: Notice | Alarm) -> bool:
        """True for what this relay itself put on the bus."""
        return any(row is event for row in self._passed)
