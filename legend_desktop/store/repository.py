"""The write side: one ``Batch`` becomes rows in one transaction. Used on the writer thread alone.

The state columns of an order are the fold of its events, worked out here by the same function that the order book
uses, so the log and the columns cannot disagree. The folds of recent orders are remembered; they are forgotten as soon
as another connection has written to the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from legend_desktop.domain.enums import TradingMode
from legend_desktop.domain.order_state import OrderEvent, OrderEventKind, apply, create
from legend_desktop.domain.orders import Order, OrderIntent
from legend_desktop.domain.records import KillRecord, OrderQuote, OrderStamp
from legend_desktop.store import errors, rows
from legend_desktop.store.batch import Batch, Snapshot
from legend_desktop.store.chain import GENESIS, link_hash
from legend_desktop.store.codec import event_from_body, event_to_body, optional_us, to_json, to_us
from legend_desktop.store.database import Link, transaction

_REMEMBERED = 4000

_INSERT_INTENT = rows.insert("intent", rows.INTENT_COLUMNS, "RETURNING id")
_INSERT_ORDER = rows.insert("orders", rows.ORDER_FIXED + rows.ORDER_CHANGING, "RETURNING id")
_UPDATE_ORDER = f"UPDATE orders SET {', '.join(f'{name} = ?' for name in rows.ORDER_CHANGING)} WHERE id = ?"  # noqa: S608
_EVENT_COLUMNS = (
    "seq",
    "order_id",
    "kind",
    "from_state",
    "to_state",
    "broker_us",
    "recv_us",
    "mono_ns",
    "body",
    "prev_hash",
    "hash",
)
_INSERT_EVENT = rows.insert("order_event", _EVENT_COLUMNS)
_INSERT_EXECUTION = rows.insert("execution", rows.EXECUTION_COLUMNS, "ON CONFLICT DO NOTHING")
_INSERT_BROKER_ID = rows.insert(
    "order_broker_id", ("account_id", "broker_id", "order_id", "valid_from_us"), "ON CONFLICT DO NOTHING"
)
_INSERT_QUOTE = rows.insert("quote_at_order", rows.QUOTE_COLUMNS)
_INSERT_STAMP = rows.insert("order_stamp", rows.STAMP_COLUMNS)
_INSERT_ACCOUNT = rows.insert(
    "account", ("profile_id", "broker", "env", "account_key", "label", "base_ccy"), "RETURNING id"
)
_INSERT_INSTRUMENT = rows.insert("instrument", ("broker", "symbol", "asset_class", "first_us"), "RETURNING id")
_INSERT_SNAPSHOT = rows.insert("position_snapshot", ("profile_id", "at_us", "source"), "RETURNING id")
_INSERT_POSITION = rows.insert("position_snapshot_row", rows.POSITION_COLUMNS)
_INSERT_ADJUSTMENT = rows.insert("position_adjustment", rows.ADJUSTMENT_COLUMNS)
_INSERT_RECONCILE = rows.insert("reconcile_run", rows.RECONCILE_COLUMNS)
_INSERT_KILL = rows.insert("kill_event", ("profile_id", "at_us", "verb", "requested", "confirmed", "residue", "note"))
_SAVE_SETTING = rows.insert(
    "setting",
    ("profile_id", "name", "value", "at_us"),
    "ON CONFLICT (profile_id, name) DO UPDATE SET value = excluded.value, at_us = excluded.at_us",
)
_LAST_EVENT = "SELECT seq, hash FROM order_event ORDER BY seq DESC LIMIT 1"
_FIND_ORDER = "SELECT id, account_id, events FROM orders WHERE client_id = ?"
_EVENT_BODIES = "SELECT body FROM order_event WHERE order_id = ? ORDER BY seq"

_SAME_EVENT = "SELECT 1 FROM order_event WHERE order_id = ? AND body = ?"


@dataclass(slots=True)
class _Tracked:
    """An order as the log says, with its keys."""

    order: Order
    order_id: int
    account_id: int
    events: int


@dataclass(slots=True)
class _Step:
    """One event of a batch with the states around it."""

    event: OrderEvent
    tracked: _Tracked
    from_state: str | None
    to_state: str
    new_broker_id: bool


class Repository:
    """Writes batches through one connection; raises ``StoreError`` and leaves nothing half-written."""

    def __init__(self, link: Link, mode: TradingMode, profile: str) -> None:
        self._link = link
        self._mode = mode
        self._profile = profile
        self._forget()

    def use(self, link: Link) -> None:
        """Write through another connection from now on."""
        self._link = link
        self._forget()

    def _forget(self) -> None:
        self._tracked: dict[str, _Tracked] = {}
        self._accounts: dict[tuple[str, str, str], int] = {}
        self._instruments: dict[tuple[str, str], int] = {}
        self._seq, self._hash, self._known_head = 0, GENESIS, False

    def write(
        self, batches: Sequence[Batch], at_us: int, *, pending: Sequence[Batch] = (), spool_mark: str | None = None
    ) -> None:
        """Make ``batches`` durable in one commit.

        ``pending`` come from the spool and go first; what the journal already has of them is left out.
        ``spool_mark`` notes how far the spool has been taken in.
        """
        link = self._link
        try:
            with transaction(link):
                if link.foreign_change():
                    self._forget()
                for batch in pending:
                    self._write(self._without_known(batch), at_us)
                for batch in batches:
                    self._write(batch, at_us)
                if spool_mark is not None:
                    link.run("UPDATE meta SET spool_mark = ?", (spool_mark,))
        except BaseException:
            self._forget()
            raise
        if len(self._tracked) > _REMEMBERED:
            self._tracked = {key: row for key, row in self._tracked.items() if row.order.is_open}

    def _without_known(self, batch: Batch) -> Batch:
        """``batch`` without the events that are in the log: a commit may have worked and been reported as failed."""
        return replace(batch, events=tuple(event for event in batch.events if not self._has(event)))

    def _has(self, event: OrderEvent) -> bool:
        row = self._link.one(_FIND_ORDER, (event.client_order_id,))
        if row is None or event.kind is OrderEventKind.CREATED:
            return row is not None
        return self._link.one(_SAME_EVENT, (row[0], event_to_body(event))) is not None

    def _write(self, batch: Batch, at_us: int) -> None:
        if batch.events:
            self._write_events(batch)
        if batch.quotes or batch.stamps:
            self._write_details(batch.quotes, batch.stamps)
        for snapshot in batch.snapshots:
            self._write_snapshot(snapshot, batch.profile or self._profile)
        link, profile = self._link, batch.profile or self._profile
        for adjustment in batch.adjustments:
            link.run(_INSERT_ADJUSTMENT, rows.adjustment_row(profile, adjustment))
        for run in batch.reconciles:
            link.run(_INSERT_RECONCILE, rows.reconcile_row(profile, run))
        for kill in batch.kills:
            self._write_kill(kill, profile)
        for name, value in batch.settings.items():
            link.run(_SAVE_SETTING, (profile, name, value, at_us))

    def _write_events(self, batch: Batch) -> None:
        changed: dict[str, _Tracked] = {}
        created: dict[str, OrderIntent] = {}
        steps = [self._fold(event, changed, created) for event in batch.events]
        for client_order_id, tracked in changed.items():
            intent = created.get(client_order_id)
            if intent is not None:
                self._insert_order(tracked, intent, batch.verdicts.get(client_order_id), batch.profile or self._profile)
            else:
                self._link.run(_UPDATE_ORDER, (*rows.order_changing(tracked.order, tracked.events), tracked.order_id))
        self._append(steps)
        for client_order_id in batch.verdicts.keys() - created.keys():
            self._link.run(
                "UPDATE intent SET verdicts = ? WHERE client_id = ?",
                (to_json(list(batch.verdicts[client_order_id])), client_order_id),
            )
        for step in steps:
            self._insert_children(step)

    def _fold(self, event: OrderEvent, changed: dict[str, _Tracked], created: dict[str, OrderIntent]) -> _Step:
        client_order_id = event.client_order_id
        if event.kind is OrderEventKind.CREATED:
            order = create(event)
            if order.client_order_id != client_order_id or client_order_id in created:
                raise errors.refused(f"a first event that does not fit the order {client_order_id}")
            tracked = _Tracked(order, 0, 0, 1)
            created[client_order_id] = order.intent
            before, known_ids = None, 0
        else:
            tracked = changed.get(client_order_id) or self._find(client_order_id)
            before, known_ids = tracked.order.state.value, len(tracked.order.broker_order_ids)
            tracked.order = apply(tracked.order, event)
            tracked.events += 1
        changed[client_order_id] = tracked
        new_id = len(tracked.order.broker_order_ids) > known_ids
        return _Step(event, tracked, before, tracked.order.state.value, new_id)

    def _find(self, client_order_id: str) -> _Tracked:
        known = self._tracked.get(client_order_id)
        if known is not None:
            return known
        row = self._link.one(_FIND_ORDER, (client_order_id,))
        if row is None:
            raise errors.unknown_order(client_order_id)
        order_id, account_id, count = row
        events = [event_from_body(body) for (body,) in self._link.all(_EVENT_BODIES, (order_id,))]
        order = create(events[0])
        for event in events[1:]:
            order = apply(order, event)
        tracked = _Tracked(order, order_id, account_id, count)
        self._tracked[client_order_id] = tracked
        return tracked

    def _insert_order(
        self, tracked: _Tracked, intent: OrderIntent, verdicts: Sequence[str] | None, profile: str
    ) -> None:
        if intent.mode is not self._mode:
            raise errors.wrong_mode(self._link.place, self._mode.value, intent.mode.value)
        tracked.account_id = self._account(intent, profile)
        instrument_id = self._instrument(intent)
        (intent_id,) = self._link.one(_INSERT_INTENT, rows.intent_row(profile, intent, verdicts))
        fixed = rows.order_fixed(profile, intent_id, tracked.account_id, instrument_id, tracked.order)
        changing = rows.order_changing(tracked.order, tracked.events)
        (tracked.order_id,) = self._link.one(_INSERT_ORDER, (*fixed, *changing))
        self._tracked[intent.client_order_id] = tracked

    def _account(self, intent: OrderIntent, profile: str) -> int:
        key = (profile, intent.broker.value, intent.account_id)
        known = self._accounts.get(key)
        if known is None:
            row = self._link.one(
                "SELECT id FROM account WHERE profile_id = ? AND broker = ? AND env = ? AND account_key = ?",
                (profile, key[1], self._mode.value, key[2]),
            ) or self._link.one(
                _INSERT_ACCOUNT, (profile, key[1], self._mode.value, key[2], f"...{key[2][-4:]}", "USD")
            )
            known = self._accounts[key] = int(row[0])
        return known

    def _instrument(self, intent: OrderIntent) -> int:
        key = (intent.broker.value, intent.terms.symbol)
        known = self._instruments.get(key)
        if known is None:
            row = self._link.one("SELECT id FROM instrument WHERE broker = ? AND symbol = ?", key) or self._link.one(
                _INSERT_INSTRUMENT, (*key, "equity", to_us(intent.created_at))
            )
            known = self._instruments[key] = int(row[0])
        return known

    def _append(self, steps: Sequence[_Step]) -> None:
        """Add events to the log, each chained to the one before."""
        if not self._known_head:
            self._seq, self._hash = self._link.one(_LAST_EVENT) or (0, GENESIS)
            self._known_head = True
        found = []
        for step in steps:
            event, order_id, body = step.event, step.tracked.order_id, event_to_body(step.event)
            previous = self._hash
            self._seq += 1
            self._hash = link_hash(previous, self._seq, order_id, (step.from_state, step.to_state), body)
            found.append(
                (
                    self._seq,
                    order_id,
                    event.kind.value,
                    step.from_state,
                    step.to_state,
                    optional_us(event.broker_at),
                    to_us(event.at),
                    event.mono_ns,
                    body,
                    previous,
                    self._hash,
                )
            )
        self._link.run_many(_INSERT_EVENT, found)

    def _insert_children(self, step: _Step) -> None:
        event, tracked = step.event, step.tracked
        if step.new_broker_id or (event.broker_order_id and step.from_state is None):
            self._link.run(
                _INSERT_BROKER_ID, (tracked.account_id, event.broker_order_id, tracked.order_id, to_us(event.at))
            )
        if event.execution is not None:
            row = rows.execution_row(tracked.account_id, tracked.order_id, event.execution)
            self._link.run(_INSERT_EXECUTION, row)

    def _order_id(self, client_order_id: str) -> int:
        known = self._tracked.get(client_order_id)
        if known is not None:
            return known.order_id
        row = self._link.one(_FIND_ORDER, (client_order_id,))
        if row is None:
            raise errors.unknown_order(client_order_id)
        return int(row[0])

    def _write_details(self, quotes: Sequence[OrderQuote], stamps: Sequence[OrderStamp]) -> None:
        if quotes:
            found = [rows.quote_row(self._order_id(quote.client_order_id), quote) for quote in quotes]
            self._link.run_many(_INSERT_QUOTE, found)
        if stamps:
            self._link.run_many(
                _INSERT_STAMP, [rows.stamp_row(self._order_id(stamp.client_order_id), stamp) for stamp in stamps]
            )

    def _write_snapshot(self, snapshot: Snapshot, profile: str) -> None:
        (key,) = self._link.one(_INSERT_SNAPSHOT, (profile, to_us(snapshot.at), snapshot.source))
        self._link.run_many(_INSERT_POSITION, [rows.position_row(key, row) for row in snapshot.positions])

    def _write_kill(self, kill: KillRecord, profile: str) -> None:
        self._link.run(
            _INSERT_KILL,
            (
                profile,
                to_us(kill.at),
                kill.verb,
                kill.requested,
                kill.confirmed,
                to_json(list(kill.residue)),
                kill.note,
            ),
        )
