"""What happened to connections, newest first: gathered from every session's own bus."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.services.account_session import AccountSession
from legend_desktop.services.connections import Connections
from legend_desktop.viewmodels.connection_words import Tone

_GROUP, _SOURCES = "connection", frozenset({"Connection", "Reconciliation"})
_KEPT = 200
_TONES = {
    NoticeLevel.INFO: Tone.QUIET,
    NoticeLevel.GOOD: Tone.GOOD,
    NoticeLevel.WARNING: Tone.SOON,
    NoticeLevel.ERROR: Tone.BAD,
    NoticeLevel.NEEDS_YOU: Tone.SOON,
}


@dataclass(frozen=True, slots=True)
class HappenedLine:
    """One thing that happened: when, to whom, in a sentence."""

    at: datetime
    who: str
    sentence: str
    tone: Tone


class ConnectionHistory:
    """Keeps the newest notices about connections. ``on_change`` is called after each new one."""

    def __init__(self, connections: Connections, on_change: Callable[[], None]) -> None:
        self._connections = connections
        self._on_change = on_change
        self._lines: list[HappenedLine] = []
        self._heard: dict[str, tuple[AccountSession, Callable[[], None]]] = {}

    def lines(self) -> tuple[HappenedLine, ...]:
        """What happened, newest first."""
        return tuple(reversed(self._lines))

    def recall(self, notices: Sequence[Notice]) -> None:
        """Begin with what was said before; a sentence that begins with an account's name is that account's."""
        for notice in notices:
            if _is_about_connections(notice):
                self._keep(notice, self._named(notice)[0])

    def follow(self) -> None:
        """Listen to the sessions that are there now."""
        present = {session.profile.id: session for session in self._connections.sessions}
        for profile_id, (session, end) in tuple(self._heard.items()):
            if present.get(profile_id) is not session:
                end()
                del self._heard[profile_id]
        for profile_id, session in present.items():
            if profile_id not in self._heard:
                self._heard[profile_id] = (session, session.bus.subscribe(Notice, self._hearer(session.profile)))

    def close(self) -> None:
        """Listen no more."""
        for _, end in self._heard.values():
            end()
        self._heard.clear()

    def _hearer(self, profile: ConnectionProfile) -> Callable[[Notice], None]:
        def hear(notice: Notice) -> None:
            others = (row.label for row in self._profiles() if row.id != profile.id)
            foreign = any(notice.sentence.startswith(f"{label}: ") for label in others)
            if _is_about_connections(notice) and not foreign:  # its own account says it too
                self._keep(notice, profile.label)
                self._on_change()

        return hear

    def _profiles(self) -> tuple[ConnectionProfile, ...]:
        return (*self._connections.profiles, *self._connections.other_mode)

    def _named(self, notice: Notice) -> tuple[str, str]:
        """Whom a notice names at its beginning, and the rest of it."""
        for row in self._profiles():
            if notice.sentence.startswith(f"{row.label}: "):
                return row.label, notice.sentence.removeprefix(f"{row.label}: ")
        return "", notice.sentence

    def _keep(self, notice: Notice, who: str) -> None:
        sentence = self._named(notice)[1]
        self._lines.append(
            HappenedLine(notice.at, "" if sentence.startswith(f"{who} ") else who, sentence, _TONES[notice.level])
        )
        del self._lines[:-_KEPT]


def _is_about_connections(notice: Notice) -> bool:
    return notice.group == _GROUP or notice.source in _SOURCES
