"""The read side: what services load. Each function takes a connection that only reads and answers domain objects.

``pending`` are the batches that wait in the spool: they count as written, so every answer includes them.
"""

from collections.abc import Sequence
from datetime import datetime

from legend_desktop.domain.executions import Execution
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, replay
from legend_desktop.domain.positions import Position
from legend_desktop.domain.records import KillRecord, OrderQuote, OrderStamp, PositionAdjustment, ReconcileRun
from legend_desktop.store import rows
from legend_desktop.store.batch import Batch
from legend_desktop.store.codec import event_from_body, from_us, texts_from_json, to_us
from legend_desktop.store.database import Link

_EVENTS = "SELECT o.client_id, e.body FROM order_event e JOIN orders o ON o.id = e.order_id"


def load_events(
    link: Link, profile: str, *, since: datetime | None, open_only: bool, pending: Sequence[Batch] = ()
) -> list[list[OrderEvent]]:
    """Event logs, oldest order first; with ``open_only`` those of orders that have not ended."""
    late: dict[str, list[OrderEvent]] = {}
    for batch in pending:
        for event in batch.events:
            late.setdefault(event.client_order_id, []).append(event)
    where, values = ["o.profile_id = ?"], [profile]
    if open_only:
        where.append(f"o.{rows.NOT_ENDED}")
    elif since is not None:
        where.append(f"(o.last_us >= {to_us(since)} OR o.{rows.NOT_ENDED})")
    found = link.all(f"{_EVENTS} WHERE {' AND '.join(where)} ORDER BY e.order_id, e.seq", values)
    logs: dict[str, list[OrderEvent]] = {}
    for client_order_id, body in found:
        logs.setdefault(client_order_id, []).append(event_from_body(body))
    for client_order_id, events in late.items():
        if client_order_id in logs:
            logs[client_order_id].extend(events)
        elif events[0].kind is OrderEventKind.CREATED:
            logs[client_order_id] = events
        else:
            logs[client_order_id] = load_order_events(link, client_order_id) + events
    if open_only and late:
        return [log for key, log in logs.items() if key not in late or replay(log).is_open]
    return list(logs.values())


def load_parts(link: Link) -> list[str]:
    """The profiles that have orders: one a part of the journal, in the order of their names."""
    return sorted(str(row[0]) for row in link.all("SELECT DISTINCT profile_id FROM orders"))


def load_order_events(link: Link, client_order_id: str, pending: Sequence[Batch] = ()) -> list[OrderEvent]:
    """The event log of one order, oldest first."""
    found = link.all(f"{_EVENTS} WHERE o.client_id = ? ORDER BY e.seq", (client_order_id,))
    late = [event for batch in pending for event in batch.events if event.client_order_id == client_order_id]
    return [event_from_body(body) for _, body in found] + late


def load_executions(
    link: Link, profile: str, *, since: datetime | None, symbol: str | None, pending: Sequence[Batch] = ()
) -> list[Execution]:
    """Executions, busts and corrections by broker time, then arrival."""
    where, values = ["a.profile_id = ?"], [profile]
    if since is not None:
        where.append(f"x.broker_us >= {to_us(since)}")
    if symbol is not None:
        where.append("x.symbol = ?")
        values.append(symbol)
    tail = f"JOIN account a ON a.id = x.account_id WHERE {' AND '.join(where)} ORDER BY x.broker_us, x.id"
    found = [
        rows.execution_from_row(row)
        for row in link.all(rows.select("execution", rows.EXECUTION_COLUMNS, tail, alias="x"), values)
    ]
    late = [
        event.execution
        for batch in pending
        for event in batch.events
        if event.execution is not None
        and (since is None or event.execution.executed_at >= since)
        and (symbol is None or event.execution.symbol == symbol)
    ]
    if late:
        known = {row.execution_id for row in found}
        found += [row for row in late if row.execution_id not in known]
        found.sort(key=lambda row: row.executed_at)
    return found


def _chunks(names: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def load_quotes(link: Link, client_order_ids: Sequence[str], pending: Sequence[Batch] = ()) -> list[OrderQuote]:
    """The quotes kept for these orders, in the order they were kept."""
    found: list[OrderQuote] = []
    for names in _chunks(client_order_ids):
        places = ", ".join("?" * len(names))
        tail = f"JOIN orders o ON o.id = q.order_id WHERE o.client_id IN ({places}) ORDER BY q.id"
        sql = rows.select("quote_at_order", rows.QUOTE_COLUMNS, tail, alias="q", more="o.client_id")
        found += [rows.quote_from_row(row[-1], row) for row in link.all(sql, names)]
    wanted = set(client_order_ids)
    return found + [quote for batch in pending for quote in batch.quotes if quote.client_order_id in wanted]


def load_stamps(link: Link, client_order_ids: Sequence[str], pending: Sequence[Batch] = ()) -> list[OrderStamp]:
    """The stamps kept for these orders, in the order they were kept."""
    found: list[OrderStamp] = []
    for names in _chunks(client_order_ids):
        places = ", ".join("?" * len(names))
        tail = f"JOIN orders o ON o.id = s.order_id WHERE o.client_id IN ({places}) ORDER BY s.id"
        sql = rows.select("order_stamp", rows.STAMP_COLUMNS, tail, alias="s", more="o.client_id")
        found += [rows.stamp_from_row(row[-1], row) for row in link.all(sql, names)]
    wanted = set(client_order_ids)
    return found + [stamp for batch in pending for stamp in batch.stamps if stamp.client_order_id in wanted]


def load_positions(link: Link, profile: str, pending: Sequence[Batch] = ()) -> tuple[datetime, list[Position]] | None:
    """The newest snapshot of all positions, ``None`` when there is none."""
    late = [snapshot for batch in pending for snapshot in batch.snapshots]
    if late:
        return late[-1].at, list(late[-1].positions)
    head = link.one(
        "SELECT id, at_us FROM position_snapshot WHERE profile_id = ? ORDER BY at_us DESC, id DESC LIMIT 1",
        (profile,),
    )
    if head is None:
        return None
    sql = rows.select("position_snapshot_row", rows.POSITION_COLUMNS, "WHERE snapshot_id = ? ORDER BY id")
    return from_us(head[1]), [rows.position_from_row(row) for row in link.all(sql, (head[0],))]


def load_setting(link: Link, profile: str, name: str, pending: Sequence[Batch] = ()) -> str | None:
    """A small value kept with the profile, ``None`` when unset."""
    for batch in reversed(pending):
        if name in batch.settings:
            return batch.settings[name]
    row = link.one("SELECT value FROM setting WHERE profile_id = ? AND name = ?", (profile, name))
    return None if row is None else str(row[0])


def load_verdicts(link: Link, client_order_id: str) -> tuple[str, ...]:
    """What the checks said when the order was decided."""
    row = link.one("SELECT verdicts FROM intent WHERE client_id = ?", (client_order_id,))
    return () if row is None else texts_from_json(row[0])


def load_adjustments(link: Link, profile: str) -> list[PositionAdjustment]:
    """Every position adjustment, oldest first."""
    sql = rows.select("position_adjustment", rows.ADJUSTMENT_COLUMNS, "WHERE profile_id = ? ORDER BY id")
    return [rows.adjustment_from_row(row) for row in link.all(sql, (profile,))]


def load_reconciles(link: Link, profile: str, limit: int) -> list[ReconcileRun]:
    """The newest comparisons with the broker, newest first."""
    sql = rows.select("reconcile_run", rows.RECONCILE_COLUMNS, "WHERE profile_id = ? ORDER BY id DESC LIMIT ?")
    return [rows.reconcile_from_row(row) for row in link.all(sql, (profile, limit))]


def load_kills(link: Link, profile: str, limit: int) -> list[KillRecord]:
    """The newest uses of the kill verbs, newest first."""
    columns = ("at_us", "verb", "requested", "confirmed", "residue", "note")
    sql = rows.select("kill_event", columns, "WHERE profile_id = ? ORDER BY id DESC LIMIT ?")
    return [
        KillRecord(from_us(row[0]), row[1], row[2], row[3], texts_from_json(row[4]), row[5])
        for row in link.all(sql, (profile, limit))
    ]
