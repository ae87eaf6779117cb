"""A saved connection: which broker, paper or live, under which addresses. It holds no secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from legend_desktop.domain.enums import BrokerType, TradingMode


@dataclass(frozen=True, slots=True)
class ConnectionProfile:
    """One login of one broker. ``mode`` never changes: a live login is another connection.

    ``account_id`` is pinned by the first login, a later login that shows another account is refused. ``options`` are
    the plain (not secret) parts: own addresses (``base_url``, ``data_url``, ``stream_url``, ``data_stream_url``) and
    the ``feed``. ``keys_written_at`` tells when the keys were last stored; times are aware UTC.
    """

    id: str
    broker: BrokerType
    mode: TradingMode
    label: str
    created_at: datetime
    account_id: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    keys_written_at: datetime | None = None
