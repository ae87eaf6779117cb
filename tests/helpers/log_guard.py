"""Turns an unexpected warning or error in the log into a failed test."""

import logging
import re


class LogGuard(logging.Handler):
    """Keeps every record from WARNING up; ``expect`` takes the ones that a test means to cause."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: list[logging.LogRecord] = []
        self._expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)

    def allow(self, pattern: str) -> None:
        """Records whose message matches ``pattern`` may come or not."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        rows = []
        for record in self.kept:
            text = record.getMessage()
            if not any(pattern.search(text) for pattern in self._expected):
                cause = f" ({record.exc_info[1]!r})" if record.exc_info else ""
                rows.append(f"{record.levelname} {record.name}: {text}{cause}")
        return rows
