"""Takes secrets out of any text before it is written or shown."""

import logging
import re
import threading

from legend_desktop.domain.secret_mask import MASK, patterns_of

_WORDS = (
    r"access_token|refresh_token|id_token|client_secret|app_secret|api_secret|api_key|apikey|"
    r"password|passwd|secret|token|code_verifier"
)
_PATTERNS = (
    # headers, in text and in the repr of a dict: Authorization: Bearer abc / 'APCA-API-SECRET-KEY': 'abc'
    re.compile(
        r"(?i)(\b(?:proxy-)?authorization|\bAPCA-API-[A-Z-]+|\b(?:set-)?cookie|\bx-api-key)(['\"]?\s*[:=]\s*)"
        r"(?:b?'[^'\n]*'|b?\"[^\"\n]*\"|[^\n,}]*)"
    ),
    # JSON, and the repr of a dict
    re.compile(rf"(?i)([\"'](?:{_WORDS})[\"'])(\s*:\s*)(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"),
    # query strings, forms and environment lines
    re.compile(rf"(?i)(\b[\w.]*(?:{_WORDS}))(=)[^&\s\"',;)]+"),
    # the one-time code of a login; short codes are words of errors and stay
    re.compile(
        r"(?i)([\"']?\bcode[\"']?)(\s*[:=]\s*)[\"']?(?=[a-z%._~@/+-]*(?-i:[0-9A-Z]))[A-Za-z0-9%._~@/+-]{16,}[\"']?"
    ),
    re.compile(r"(\bBearer)(\s+)[A-Za-z0-9._~+/=-]{6,}"),
    re.compile(r"(\w[\w+.-]*://[^\s:/@]+)(:)[^\s@/]+(?=@)"),
)


class Redactor:
    """Knows the live secrets of this run and the shapes secrets come in. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, str] = {}
        self._patterns: set[str] = set()
        self._live: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Hide ``secret`` from now on, also as it comes back from addresses, pages, data and base64.

        Shorter than 6 characters is ignored.
        """
        self._keep(patterns_of(secret))

    def add_account(self, number: str) -> None:
        """Show only the last four characters of an account number from now on."""
        if len(number) > 4:
            self._shown = {**self._shown, number: f"…{number[-4:]}"}
            self._keep({re.escape(number)})

    def _keep(self, patterns: set[str]) -> None:
        with self._lock:
            self._patterns |= patterns
            longest_first = sorted(self._patterns, key=len, reverse=True)
            self._live = re.compile("|".join(longest_first)) if longest_first else None

    def clean(self, text: str) -> str:
        """``text`` without secrets."""
        live = self._live
        if live is not None:
            text = live.sub(lambda match: self._shown.get(match.group(), MASK), text)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\1\2{MASK}", text)
        return text


class RedactionFilter(logging.Filter):
    """Cleans a log record, its traceback included, before its handler writes it."""

    _formatter = logging.Formatter()

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the cleaned text in the record; always lets it pass."""
        try:
            text = record.getMessage()
        except Exception as error:  # noqa: BLE001  a wrong log call must not end the caller
            text = f"{record.msg!r} (its arguments do not fit: {error})"
        record.msg, record.args = self._redactor.clean(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redactor.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor.clean(record.stack_info)
        return True
