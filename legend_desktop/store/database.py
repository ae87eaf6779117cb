"""Connections: one that writes, one that reads, for the SQLite file and for a PostgreSQL server.

SQL text everywhere in this package is written once, with ``?`` for a value, in the words that both engines share.
The SQLite settings: write-ahead log with a sync on every commit (an acknowledged commit survives a power cut; on macOS
the drive's own cache is flushed too), ``BEGIN IMMEDIATE`` for writes so that a lock shows at once, readers that cannot
write and never checkpoint.
"""

import logging
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from legend_desktop.domain.errors import StoreError
from legend_desktop.store import errors
from legend_desktop.store.options import APPLICATION_ID

log = logging.getLogger(__name__)

Row = Sequence[Any]
T = TypeVar("T")
LOG_PAGES = 4000
"""Pages of the write-ahead log after which a commit empties it; upkeep does it long before, between two orders."""


class Link(Protocol):
    """One connection. Every method raises ``StoreError`` with a plain sentence where the engine fails."""

    @property
    def place(self) -> str:
        """File name or server, as sentences call it."""
        ...

    def run(self, sql: str, values: Row = ()) -> None:
        """Run one statement."""
        ...

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row."""
        ...

    def all(self, sql: str, values: Row = ()) -> list[Any]:
        """All rows of a query."""
        ...

    def one(self, sql: str, values: Row = ()) -> Any:
        """The first row of a query, ``None`` without one; later rows are read and dropped."""
        ...

    def begin(self) -> None:
        """Begin a transaction; for a writer one that takes the write lock now."""
        ...

    def commit(self) -> None:
        """End the transaction durably."""
        ...

    def rollback(self) -> None:
        """End the transaction without effect; never raises."""
        ...

    def foreign_change(self) -> bool:
        """True where somebody else wrote since the last call."""
        ...

    def interrupt(self) -> None:
        """Stop the statement under way, from another thread."""
        ...

    def close(self) -> None:
        """Close the connection; never raises."""
        ...


@contextmanager
def transaction(link: Link) -> Iterator[None]:
    """Begin, then commit; roll back on any exception."""
    link.begin()
    try:
        yield
        link.commit()
    except BaseException:
        link.rollback()
        raise


def writer_pragmas(busy_seconds: float, platform: str = sys.platform) -> list[str]:
    """The settings of the connection that writes."""
    found = [
        f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        f"PRAGMA wal_autocheckpoint = {LOG_PAGES}",
        *_common_pragmas(),
    ]
    if platform == "darwin":
        found += ["PRAGMA fullfsync = ON", "PRAGMA checkpoint_fullfsync = ON"]
    return found


def reader_pragmas(busy_seconds: float) -> list[str]:
    """The settings of a connection that only reads."""
    return [
        f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}",
        "PRAGMA wal_autocheckpoint = 0",
        *_common_pragmas(),
        "PRAGMA query_only = ON",
    ]


def _common_pragmas() -> list[str]:
    return [
        "PRAGMA foreign_keys = ON",
        "PRAGMA cell_size_check = ON",
        "PRAGMA trusted_schema = OFF",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA mmap_size = 0",
    ]


class SqliteLink:
    """A connection to the SQLite file."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writes: bool, busy_seconds: float) -> None:
        self.path = path
        self.connection = connection
        self._begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        self._busy_seconds = busy_seconds
        self._version: int | None = None

    @property
    def place(self) -> str:
        """File name, as sentences call it."""
        return self.path.name

    def error(self, error: sqlite3.Error) -> StoreError:
        """The sentence for ``error``."""
        return errors.from_sqlite(error, self.path, self._busy_seconds)

    def run(self, sql: str, values: Row = ()) -> None:
        """Run one statement."""
        try:
            self.connection.execute(sql, values)
        except sqlite3.Error as error:
            raise self.error(error) from error

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row."""
        try:
            self.connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self.error(error) from error

    def all(self, sql: str, values: Row = ()) -> list[Any]:
        """All rows of a query."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self.error(error) from error

    def one(self, sql: str, values: Row = ()) -> Any:
        """The first row of a query, ``None`` without one."""
        rows = self.all(sql, values)
        return rows[0] if rows else None

    def begin(self) -> None:
        """Begin; a writer takes the write lock at once, within the busy time-out."""
        self.run(self._begin)

    def commit(self) -> None:
        """End the transaction; the write-ahead log is synced when this returns."""
        try:
            self.connection.commit()
        except sqlite3.Error as error:
            raise self.error(error) from error

    def rollback(self) -> None:
        """End the transaction without effect."""
        try:
            self.connection.rollback()
        except sqlite3.Error:
            log.warning("The journal could not roll back", exc_info=True)

    def foreign_change(self) -> bool:
        """True where another connection wrote to the file since the last call."""
        version: int = self.one("PRAGMA data_version")[0]
        changed = version != self._version and self._version is not None
        self._version = version
        return changed

    def interrupt(self) -> None:
        """Stop the statement under way."""
        self.connection.interrupt()

    def close(self) -> None:
        """Close the connection."""
        try:
            self.connection.close()
        except sqlite3.Error:
            log.warning("The journal did not close cleanly", exc_info=True)


def open_writer(path: Path, busy_seconds: float) -> SqliteLink:
    """The one connection that writes and checkpoints ``path``; makes an empty file where there is none."""
    return _connect(path, writer_pragmas(busy_seconds), busy_seconds, writes=True)


def open_reader(path: Path, busy_seconds: float) -> SqliteLink:
    """A connection that cannot write."""
    return _connect(path, reader_pragmas(busy_seconds), busy_seconds, writes=False)


def open_copy(path: Path) -> SqliteLink:
    """A file that nobody writes (a backup), read as it stands, its own log ignored."""
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?immutable=1", uri=True, isolation_level=None, check_same_thread=False
    )
    return SqliteLink(path, connection, writes=False, busy_seconds=0)


def _connect(path: Path, pragmas: list[str], busy_seconds: float, *, writes: bool) -> SqliteLink:
    try:
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise errors.from_sqlite(error, path, busy_seconds) from error
    link = SqliteLink(path, connection, writes=writes, busy_seconds=busy_seconds)
    try:
        for pragma in pragmas:
            link.run(pragma)
    except StoreError:
        link.close()
        raise
    return link


def set_identity(link: Link, version: int) -> None:
    """Mark the file as ours, written in layout ``version``."""
    link.run(f"PRAGMA application_id = {APPLICATION_ID}")
    link.run(f"PRAGMA user_version = {version}")


@lru_cache(maxsize=256)
def _percent_style(sql: str) -> str:
    return sql.replace("?", "%s")


class PostgresLink:
    """A connection to a PostgreSQL server, in the schema of one mode. ``connection`` is psycopg's."""

    def __init__(self, connection: Any, place: str) -> None:
        self.connection = connection
        self._place = place

    @property
    def place(self) -> str:
        """Server and schema, as sentences call it."""
        return self._place

    def _execute(self, sql: str, values: Row) -> Any:
        import psycopg  # only those who share a journal between machines have it

        try:
            return self.connection.execute(_percent_style(sql), values or None)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise self._outage(error) from error
        except psycopg.Error as error:
            raise errors.refused(str(error)) from error

    def _outage(self, error: Exception) -> StoreError:
        return errors.unreachable(self._place, str(error).strip().splitlines()[0] if str(error) else "no answer")

    def run(self, sql: str, values: Row = ()) -> None:
        """Run one statement."""
        self._execute(sql, values)

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row."""
        for row in rows:
            self._execute(sql, row)

    def all(self, sql: str, values: Row = ()) -> list[Any]:
        """All rows of a query."""
        return list(self._execute(sql, values).fetchall())

    def one(self, sql: str, values: Row = ()) -> Any:
        """The first row of a query, ``None`` without one."""
        return self._execute(sql, values).fetchone()

    def begin(self) -> None:
        """Begin a transaction."""
        self.run("BEGIN")

    def commit(self) -> None:
        """End the transaction; the server has synced it when this returns."""
        self.run("COMMIT")

    def rollback(self) -> None:
        """End the transaction without effect."""
        try:
            self.run("ROLLBACK")
        except StoreError:
            log.warning("The journal's server did not roll back", exc_info=True)

    def foreign_change(self) -> bool:
        """False: the server's advisory lock keeps other writers out."""
        return False

    def interrupt(self) -> None:
        """Ask the server to stop the statement under way."""
        self.connection.cancel_safe(timeout=2.0)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def is_url(place: str | Path) -> bool:
    """True for a database address rather than a file."""
    return isinstance(place, str) and "://" in place


def file_of_url(url: str) -> Path | None:
    """The file that a ``sqlite:///`` address names, else ``None``."""
    prefix = "sqlite:///"
    return Path(url[len(prefix) :]) if url.startswith(prefix) else None
