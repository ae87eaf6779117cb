"""The saved connections of a profile in one small JSON file. No secret is ever in it."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from legend_desktop.domain.connections import ConnectionProfile
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.infra.atomic_file import write_atomic

VERSION = 1


class ConnectionFile:
    """Reads and writes the list; satisfies the ``ProfileStore`` that services ask for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[ConnectionProfile]:
        """Every saved connection, oldest first; none where there is no file.

        Raises ``StoreError`` where the file cannot be read or is damaged: it is left as it is.
        """
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            if document["version"] > VERSION:
                raise StoreError(
                    f"The list of connections {self._path} was written by a newer version.",
                    advice="Use that version; nothing was changed.",
                )
            return [_read(row) for row in document["connections"]]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"The list of connections {self._path} cannot be read ({error.strerror or error}).",
                advice="Free the file and start again.",
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"The list of connections {self._path} is damaged.",
                advice="Move the file away and add the brokers again; their keys are still in the key store.",
            ) from error

    def save(self, profiles: Sequence[ConnectionProfile]) -> None:
        """Replace the list. Raises ``StoreError``; then the old one stands."""
        document = {"version": VERSION, "connections": [_row(profile) for profile in profiles]}
        try:
            write_atomic(self._path, json.dumps(document, indent=1))
        except OSError as error:
            raise StoreError(
                f"The list of connections {self._path} cannot be written ({error.strerror or error}).",
                advice="Free some room, then try again.",
            ) from error


def _row(profile: ConnectionProfile) -> dict[str, Any]:
    written = profile.keys_written_at
    return {
        "id": profile.id,
        "broker": profile.broker.value,
        "mode": profile.mode.value,
        "label": profile.label,
        "created_at": profile.created_at.isoformat(),
        "account_id": profile.account_id,
        "options": dict(profile.options),
        "keys_written_at": None if written is None else written.isoformat(),
    }


def _read(row: dict[str, Any]) -> ConnectionProfile:
    written = row["keys_written_at"]
    return ConnectionProfile(
        id=str(row["id"]),
        broker=BrokerType(row["broker"]),
        mode=TradingMode(row["mode"]),
        label=str(row["label"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        account_id=str(row["account_id"]),
        options={str(name): str(value) for name, value in row["options"].items()},
        keys_written_at=None if written is None else datetime.fromisoformat(written),
    )
