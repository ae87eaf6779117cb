"""The journal on a PostgreSQL server that the test run starts for itself."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.order_state import OrderEventKind, replay
from legend_desktop.domain.records import QuoteMoment, TradeNote
from legend_desktop.store import migrate, schema, server
from legend_desktop.store.database import transaction
from legend_desktop.store.journal import OrderJournal, open_store
from legend_desktop.store.options import SCHEMA_VERSION
from legend_desktop.store.triggers import make_triggers
from tests.fakes.clock import START, FakeClock
from tests.unit.store.samples import PAPER, QUICK, an_intent, created, filled, happened, quote_of, stamp_of

A, B = "LPT1A", "LPT1B"
SENT = OrderEventKind.SENT


def binaries() -> Path | None:
    """The folder of the server's programs, where Debian or the search path has them."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if on_path:
        return Path(on_path).parent
    return found[-1].parent if found else None


pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server is installed (apt-get install postgresql)"),
    pytest.mark.skipif(os.name == "nt", reason="needs a Unix socket"),
]


@dataclass
class Server:
    """A private server on a Unix socket in a folder of its own."""

    folder: Path

    @property
    def user(self) -> int | None:
        """The server refuses to run as root."""
        return 65534 if os.geteuid() == 0 else None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://legend@/{database}?host={self.folder}"

    def program(self, name: str) -> str:
        folder = binaries()
        assert folder is not None
        return str(folder / name)

    def make(self) -> None:
        if self.user is not None:
            os.chown(self.folder, self.user, self.user)
        subprocess.run(
            [self.program("initdb"), "-D", str(self.folder / "data"), "-U", "legend", "-A", "trust", "-E", "UTF8"],
            check=True,
            capture_output=True,
            user=self.user,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )

    def control(self, *words: str) -> None:
        subprocess.run(
            [self.program("pg_ctl"), "-D", str(self.folder / "data"), "-w", *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
            cwd="/",
        )

    def start(self) -> None:
        log = str(self.folder / "server.log")
        self.control("-l", log, "-o", f"-k {self.folder} -c listen_addresses=", "start")

    def stop(self) -> None:
        self.control("-m", "fast", "stop")

    def query(self, sql: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(f"host={self.folder} user=legend dbname={database}", autocommit=True) as connection:
            connection.execute(sql.encode())


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="legend-pg-"))
    found = Server(folder)
    try:
        found.make()
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(running: Server, request: pytest.FixtureRequest) -> str:
    name = f"db{abs(hash(request.node.name)) % 10**9}"
    running.query(f"DROP DATABASE IF EXISTS {name}")
    running.query(f"CREATE DATABASE {name}")
    return running.url(name)


async def a_journal(url: str, folder: Path, mode: TradingMode = PAPER, probe_seconds: float = 60) -> OrderJournal:
    return await open_store(
        url, mode, FakeClock(), options=replace(QUICK, spool_folder=folder, probe_seconds=probe_seconds)
    )


async def test_everything_recorded_comes_back(url: str, tmp_path: Path) -> None:
    log = [created(A), happened(A, SENT), filled(A, "e1", 40), filled(A, "e2", 60, 3)]
    journal = await a_journal(url, tmp_path)
    assert journal.report.created
    assert journal.writable
    await journal.record(log, [quote_of(A)], {A: ["Fine."]})
    await journal.record([filled(A, "e2", 60, 3)])
    await journal.record_details([quote_of(A, QuoteMoment.ACK)], [stamp_of(A)])
    await journal.save_setting("lock", "on")
    await journal.save_setting("lock", "off")
    note = TradeNote("e1", "AAPL", START, "Chased.", ("late",), START)
    for text in ("First.", "Chased."):
        await journal.save_trade_note(replace(note, text=text), replaces=["e0"])
    with pytest.raises(StoreError, match="is not in the journal"):
        await journal.record([created(B), happened("nobody", SENT)])
    with pytest.raises(StoreError) as caught:
        await journal.record([created(A)])
    assert caught.value.code == "refused"
    await journal.close()

    journal = await a_journal(url, tmp_path)
    assert not journal.report.unclean
    assert not journal.report.created
    assert (await journal.load_events())[0][:4] == log
    assert replay(log).state.value == "filled"
    assert [row.execution_id for row in await journal.load_executions()] == ["e1", "e2"]
    assert await journal.load_quotes([A]) == [quote_of(A), quote_of(A, QuoteMoment.ACK)]
    assert await journal.load_stamps([A]) == [stamp_of(A)]
    assert await journal.load_setting("lock") == "off"
    assert await journal.load_trade_notes() == [note]
    assert await journal.load_part_names("def") == ["default"]
    assert await journal.load_part_names("imported:") == []
    assert await journal.load_verdicts(A) == ("Fine.",)
    assert await journal.load_positions() is None
    await journal.close()


async def test_paper_and_live_are_two_schemas(url: str, tmp_path: Path) -> None:
    paper = await a_journal(url, tmp_path)
    live = await a_journal(url, tmp_path, TradingMode.LIVE)
    await paper.record([created(A)])
    await live.record([created(B, mode=TradingMode.LIVE)])
    assert await live.load_order_events(A) == []
    assert await paper.load_order_events(A) == [created(A)]
    assert an_intent().mode is PAPER
    await paper.close()
    await live.close()


async def test_a_second_machine_is_told_that_another_one_trades(url: str, tmp_path: Path) -> None:
    first = await a_journal(url, tmp_path / "one")
    with pytest.raises(StoreError) as caught:
        await a_journal(url, tmp_path / "two")
    assert caught.value.code == "locked_elsewhere"
    assert "legend@" not in caught.value.sentence
    await first.close()
    second = await a_journal(url, tmp_path / "two")
    await second.close()


async def test_events_are_append_only_there_too(url: str, tmp_path: Path, running: Server) -> None:
    import psycopg

    journal = await a_journal(url, tmp_path)
    await journal.record([created(A)])
    database = url.split("/")[3].split("?", maxsplit=1)[0]
    for statement in ("UPDATE order_event SET kind = 'x'", "DELETE FROM order_event"):
        with pytest.raises(psycopg.errors.RaiseException, match="never changed or deleted"):
            running.query(f"SET search_path TO legend_paper; {statement}", database)
    await journal.close()


@pytest.mark.parametrize("layout", range(1, SCHEMA_VERSION))
async def test_migrations_lead_to_the_models(url: str, tmp_path: Path, layout: int) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    link = server.connect(url, PAPER, writes=True)
    connection = migrate._sqlalchemy_connection(link)
    with transaction(link):
        connection.begin()
        migrate._stamp(link, 0)
        migrate._alembic_upgrade(connection, layout)
        link.run("DROP TABLE alembic_version")
        make_triggers(link)
        link.run(
            "INSERT INTO meta (id, journal_id, env, install_id, schema_version, app_version, created_us, probe_us, "
            "full_check_us, spool_mark) VALUES (1, 'J', 'paper', 'T1', ?, '0', 0, 0, 0, '')",
            (layout,),
        )
    connection.close()
    link.close()
    journal = await a_journal(url, tmp_path)
    assert journal.report.migrated_from == layout
    await journal.record([created(A)])
    await journal.close()
    link = server.connect(url, PAPER, writes=False)
    connection = migrate._sqlalchemy_connection(link)
    assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    connection.close()
    link.close()


@pytest.mark.allow_log("The journal could not be written|did not roll back")
async def test_while_the_server_is_away_everything_waits_in_the_spool(
    url: str, tmp_path: Path, running: Server
) -> None:
    journal = await a_journal(url, tmp_path)
    await journal.record([created(A), happened(A, SENT)])
    await asyncio.to_thread(running.stop)
    await journal.record([filled(A, "e1", 100)])
    await journal.record([created(B)])
    assert journal.health.code == "unreachable"
    assert "cannot be reached" in journal.health.sentence
    assert journal.health.spooled == 2
    await asyncio.to_thread(running.start)
    health = await journal.check()
    assert health.writable
    assert health.spooled == 0
    assert [event.kind.value for event in await journal.load_order_events(A)] == ["created", "sent", "execution"]
    assert await journal.load_order_events(B) == [created(B)]
    await journal.close()


@pytest.mark.allow_log("The journal could not be written|did not roll back|did not end cleanly")
async def test_a_machine_that_lost_the_lock_refuses_entries_and_keeps_fills(
    url: str, tmp_path: Path, running: Server
) -> None:
    first = await a_journal(url, tmp_path / "one")
    await first.record([created(A), happened(A, SENT)])
    await asyncio.to_thread(running.stop)
    await first.record([filled(A, "e1", 60)])
    await asyncio.to_thread(running.start)
    second = await a_journal(url, tmp_path / "two")
    await first.check()
    assert (first.health.writable, first.health.code) == (False, "locked_elsewhere")
    with pytest.raises(StoreError, match="Another machine is trading"):
        await first.record([created(B)])
    await first.record([filled(A, "e2", 40)])
    assert first.health.spooled == 2
    await second.close()
    for _ in range(500):  # the server gives the lock back a moment after the connection ended
        if (await first.check()).writable:
            break
    assert len(await first.load_executions()) == 2
    await first.close()


async def test_a_reader_stands_beside_the_machine_that_trades_and_writes_nothing(url: str, tmp_path: Path) -> None:
    async def reader() -> OrderJournal:
        options = replace(QUICK, spool_folder=tmp_path / "reader")
        return await open_store(url, PAPER, FakeClock(), read_only=True, options=options)

    with pytest.raises(StoreError, match="holds no journal yet"):
        await reader()
    writer = await a_journal(url, tmp_path)
    await writer.record([created(A), happened(A, SENT)])
    await writer.for_account("alpaca:PA1").record([created(B), happened(B, SENT)])
    looking = await reader()
    try:
        assert await looking.load_parts() == ["alpaca:PA1", "default"]
        assert [len(log) for log in await looking.for_account("alpaca:PA1").load_events()] == [2]
        with pytest.raises(StoreError):
            await looking.record([happened(A, OrderEventKind.ACCEPTED)])
        await writer.record([filled(A, "e1", 60)])
        assert [len(log) for log in await looking.load_events()] == [3]
        assert not (tmp_path / "reader").exists()
    finally:
        await looking.close()
        await writer.close()


async def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        await a_journal(f"postgresql+psycopg://legend:secret@/none?host={tmp_path}", tmp_path)
    assert caught.value.code == "unreachable"
    assert "secret" not in caught.value.sentence


def test_a_line_to_another_machine_is_encrypted_and_verified() -> None:
    assert server._arguments("postgresql://u@db.example/x")["sslmode"] == "verify-full"
    assert server._arguments("postgresql://u@db.example/x?sslmode=require")["sslmode"] == "require"
    assert "sslmode" not in server._arguments("postgresql://u@localhost/x")
