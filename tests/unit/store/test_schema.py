"""The models, the text that makes a new file and the migrations agree; the tables guard themselves."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from legend_desktop.store import ddl, migrate, schema
from legend_desktop.store.database import (
    SqliteLink,
    open_reader,
    open_writer,
    set_identity,
    transaction,
    writer_pragmas,
)
from legend_desktop.store.options import APPLICATION_ID, SCHEMA_VERSION
from legend_desktop.store.triggers import drop_triggers, make_triggers, trigger_names
from tests.unit.store.samples import PAPER


def migrated(path: Path, layout: int = SCHEMA_VERSION) -> SqliteLink:
    """A file brought to ``layout`` by the revisions alone, the way every release before it was."""
    link = open_writer(path, 1)
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
        set_identity(link, layout)
    connection.close()
    return link


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[SqliteLink]:
    link = open_writer(tmp_path / "fresh.sqlite3", 1)
    migrate.create(link, PAPER, 0)
    yield link
    link.close()


def shape(link: SqliteLink) -> dict[str, list[str]]:
    """Every table, index and trigger as its words, in whatever order the engine keeps them."""
    found = link.all("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: sorted(sql.replace('"', "").replace(",", " ").split()) for name, sql in found}


def test_the_text_for_new_files_is_that_of_the_models() -> None:
    assert schema.ddl_module() == Path(ddl.__file__).read_text(encoding="utf-8"), (
        "the models changed: write schema.ddl_module() to store/ddl.py and add a revision"
    )


def test_migrations_lead_to_the_models(tmp_path: Path) -> None:
    link = migrated(tmp_path / "old.sqlite3")
    engine = create_engine("sqlite://", creator=lambda: link.connection, poolclass=StaticPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()
    link.close()


def test_a_migrated_file_is_a_fresh_file(tmp_path: Path, fresh: SqliteLink) -> None:
    link = migrated(tmp_path / "old.sqlite3")
    assert shape(link) == shape(fresh)
    for name in shape(fresh):
        columns = [[row[1:6] for row in each.all(f"PRAGMA table_info({name})")] for each in (link, fresh)]
        assert columns[0] == columns[1], name
    link.close()


@pytest.mark.parametrize("layout", range(1, SCHEMA_VERSION))
def test_every_older_layout_is_brought_up_to_date(tmp_path: Path, layout: int) -> None:
    link = migrated(tmp_path / "old.sqlite3", layout)
    link.run("INSERT INTO setting VALUES ('default', 'kept', 'yes', 1)")
    drop_triggers(link)  # as the rebuild of a table does
    migrate.upgrade(link, 60)
    assert migrate.layout_of(link) == SCHEMA_VERSION
    assert link.one("SELECT schema_version FROM meta") == (SCHEMA_VERSION,)
    assert link.one("SELECT value FROM setting") == ("yes",)
    assert link.all("SELECT name FROM sqlite_master WHERE name = 'alembic_version'") == []
    assert [row[0] for row in link.all("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")] == (
        trigger_names()
    )
    assert link.one("PRAGMA foreign_keys") == (1,)
    link.close()


def test_every_table_is_strict(fresh: SqliteLink) -> None:
    loose = fresh.all(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'"
    )
    assert loose == []
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        fresh.connection.execute("INSERT INTO setting VALUES ('p', 'n', 'v', 'soon')")


def test_a_new_file_is_marked_as_ours(fresh: SqliteLink) -> None:
    assert fresh.one("PRAGMA application_id") == (APPLICATION_ID,)
    assert fresh.one("PRAGMA user_version") == (SCHEMA_VERSION,)


def test_the_triggers_are_there(fresh: SqliteLink) -> None:
    names = [row[0] for row in fresh.all("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")]
    assert names == trigger_names()


def test_the_writer_syncs_every_commit_and_the_reader_cannot_write(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "a.sqlite3", 5)
    reader = open_reader(tmp_path / "a.sqlite3", 2)
    wanted = {
        "journal_mode": ("wal", "wal"),
        "synchronous": (2, None),
        "busy_timeout": (5000, 2000),
        "foreign_keys": (1, 1),
        "cell_size_check": (1, 1),
        "trusted_schema": (0, 0),
        "temp_store": (2, 2),
        "mmap_size": (0, 0),
        "wal_autocheckpoint": (4000, 0),
        "query_only": (0, 1),
    }
    for name, (of_writer, of_reader) in wanted.items():
        assert writer.one(f"PRAGMA {name}") == (of_writer,), name
        if of_reader is not None:
            assert reader.one(f"PRAGMA {name}") == (of_reader,), name
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.connection.execute("CREATE TABLE x (a)")
    reader.close()
    writer.close()


def test_on_macos_the_cache_of_the_drive_is_flushed_too() -> None:
    assert "PRAGMA fullfsync = ON" in writer_pragmas(5, "darwin")
    assert "PRAGMA checkpoint_fullfsync = ON" in writer_pragmas(5, "darwin")
    assert "PRAGMA fullfsync = ON" not in writer_pragmas(5, "linux")
