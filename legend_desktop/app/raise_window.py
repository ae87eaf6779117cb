"""The second start of a profile asks the first one to show its window, over a local socket of this user."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)
WAIT_MS = 1500


def socket_name(data_dir: Path) -> str:
    """The same for the same profile folder; short, for a socket's name may have about a hundred characters."""
    return "legend-desktop-" + hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]


class RaiseServer(QObject):
    """Calls ``on_raise`` for each second start. Make it only while holding the profile's lock."""

    def __init__(self, data_dir: Path, on_raise: Callable[[], None]) -> None:
        super().__init__()
        self._on_raise = on_raise
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._arrived)
        name = socket_name(data_dir)
        QLocalServer.removeServer(name)  # of a run that crashed: the lock is ours, so nobody else serves it
        if not self._server.listen(name):
            log.info("A second start cannot raise this window: %s", self._server.errorString())

    def _arrived(self) -> None:
        while (guest := self._server.nextPendingConnection()) is not None:
            guest.disconnected.connect(guest.deleteLater)
            guest.disconnectFromServer()
            self._on_raise()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()


def ask_to_raise(data_dir: Path, wait_ms: int = WAIT_MS) -> bool:
    """Ask the program that holds this profile to show its window; false when nobody answers within ``wait_ms``."""
    guest = QLocalSocket()
    guest.connectToServer(socket_name(data_dir))
    answered = guest.waitForConnected(wait_ms)
    guest.abort()
    return answered
