"""The triggers that make order events and executions append-only, on both engines.

A rebuild of a table by a migration drops its triggers without a word, so ``make_triggers`` is run after each one.
"""

from legend_desktop.store.database import Link, PostgresLink

_GUARDED = (("order_event", "UPDATE"), ("order_event", "DELETE"), ("execution", "UPDATE"), ("execution", "DELETE"))
_WORDS = {"UPDATE": "changed", "DELETE": "deleted"}


def trigger_names() -> list[str]:
    """The names of all triggers, sorted."""
    return sorted(f"{table}_no_{verb.lower()}" for table, verb in _GUARDED)


def sqlite_triggers() -> list[str]:
    """The statements that make the triggers in SQLite."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never {_WORDS[verb]}'); END"
        for table, verb in _GUARDED
    ]


def postgres_triggers() -> list[str]:
    """The statements that make the triggers in PostgreSQL."""
    function = (
        "CREATE OR REPLACE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''rows of % are never changed or deleted'', TG_TABLE_NAME; END'"
    )
    return [
        function,
        *(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION forbid_change()"
            for table, verb in _GUARDED
        ),
    ]


def drop_triggers(link: Link) -> None:
    """Take the triggers away, where they are."""
    for table, verb in _GUARDED:
        suffix = f" ON {table}" if isinstance(link, PostgresLink) else ""
        link.run(f"DROP TRIGGER IF EXISTS {table}_no_{verb.lower()}{suffix}")


def make_triggers(link: Link) -> None:
    """Make all triggers anew."""
    drop_triggers(link)
    made = postgres_triggers() if isinstance(link, PostgresLink) else sqlite_triggers()
    for statement in made:
        link.run(statement)
