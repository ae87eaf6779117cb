"""Checks of a journal: the engine's own, and ours on what the rows say.

A damaged file may answer a check with text or with an exception, so both count. Damage found by the engine means that
the file must be set aside; a doubt of our own (a broken hash chain, executions that do not add up) is reported, since
an older backup would know even less.
"""

from collections.abc import Sequence
from decimal import Decimal

from legend_desktop.domain.errors import StoreError
from legend_desktop.domain.executions import filled_quantity
from legend_desktop.domain.order_state import replay
from legend_desktop.store import rows
from legend_desktop.store.chain import GENESIS, link_hash
from legend_desktop.store.codec import Exact, event_from_body
from legend_desktop.store.database import Link, PostgresLink

_PAGE = 5_000
_CHAIN = (
    "SELECT seq, order_id, from_state, to_state, body, prev_hash, hash FROM order_event "
    "WHERE seq > ? ORDER BY seq LIMIT ?"
)
_COUNTS = (
    "SELECT o.client_id, o.events, COALESCE(c.n, 0) FROM orders o "
    "LEFT JOIN (SELECT order_id, COUNT(*) AS n FROM order_event GROUP BY order_id) c ON c.order_id = o.id "
    "WHERE o.events <> COALESCE(c.n, 0)"
)
_SUMS = (
    "SELECT o.id, o.client_id, o.cum_u, o.exact FROM orders o "
    "LEFT JOIN (SELECT order_id, SUM(qty_u) AS total FROM execution GROUP BY order_id) x ON x.order_id = o.id "
    "WHERE o.cum_u <> COALESCE(x.total, 0)"
)
_NEWEST_STATES = "SELECT id, client_id, state, pending FROM orders ORDER BY id DESC LIMIT ?"


def quick_damage(link: Link) -> list[str]:
    """What the engine's quick check finds; empty when the file is sound."""
    return _engine_check(link, "PRAGMA quick_check(5)")


def full_damage(link: Link) -> list[str]:
    """What the engine's full check and the foreign keys find."""
    found = _engine_check(link, "PRAGMA integrity_check(5)")
    if found or isinstance(link, PostgresLink):
        return found
    try:
        orphans = link.all("PRAGMA foreign_key_check")
    except StoreError as error:
        return [error.message]
    return [f"rows of {row[0]} refer to rows of {row[2]} that are gone" for row in orphans[:5]]


def _engine_check(link: Link, pragma: str) -> list[str]:
    if isinstance(link, PostgresLink):
        return []
    try:
        answers = link.all(pragma)
    except StoreError as error:
        return [error.message]
    return [str(row[0]) for row in answers if row[0] != "ok"]


def chain_doubts(link: Link, last: int | None = None) -> list[str]:
    """Breaks of the hash chain, of the whole log or of its ``last`` events."""
    after, previous = 0, GENESIS
    if last is not None:
        row = link.one("SELECT seq, hash FROM order_event ORDER BY seq DESC LIMIT 1 OFFSET ?", (last,))
        if row is not None:
            after, previous = row[0], bytes(row[1])
    while True:
        page = link.all(_CHAIN, (after, _PAGE))
        for seq, order_id, from_state, to_state, body, kept_previous, kept in page:
            if seq != after + 1:
                return [f"the order events {after + 1} to {seq - 1} are missing"]
            if bytes(kept_previous) != previous or bytes(kept) != link_hash(
                previous, seq, order_id, (from_state, to_state), body
            ):
                return [f"the order event {seq} is not what was written"]
            after, previous = seq, bytes(kept)
        if len(page) < _PAGE:
            return []


def row_doubts(link: Link, newest: int = 500) -> list[str]:
    """Orders whose columns disagree with their events or executions; states are replayed for the ``newest``."""
    found = [f"the order {name} has {there} of its {noted} events" for name, noted, there in link.all(_COUNTS)[:5]]
    for order_id, name, cum, exact in link.all(_SUMS):
        noted = Exact(exact).must("cum_u", cum)
        counted = _counted(link, order_id)
        if noted != counted:
            found.append(f"the executions of the order {name} add up to {counted}, its events to {noted}")
    for order_id, name, state, pending in link.all(_NEWEST_STATES, (newest,)):
        bodies = link.all("SELECT body FROM order_event WHERE order_id = ? ORDER BY seq", (order_id,))
        try:
            order = replay([event_from_body(body) for (body,) in bodies])
        except (ValueError, IndexError):
            found.append(f"the events of the order {name} cannot be read")
            continue
        if (order.state.value, order.pending.value) != (state, pending):
            found.append(f"the order {name} is noted as {state}, its events say {order.state.value}")
    return found[:10]


def _counted(link: Link, order_id: int) -> Decimal:
    sql = rows.select("execution", rows.EXECUTION_COLUMNS, "WHERE order_id = ? ORDER BY id")
    return filled_quantity(rows.execution_from_row(row) for row in link.all(sql, (order_id,)))


def own_doubts(link: Link, *, last: int | None = None) -> list[str]:
    """``chain_doubts`` and ``row_doubts``; an engine error while looking counts as a doubt."""
    try:
        return [*chain_doubts(link, last), *row_doubts(link)]
    except (StoreError, ValueError, TypeError) as error:
        return [str(error)]


def in_words(doubts: Sequence[str]) -> str:
    """``doubts`` as one sentence part."""
    return "; ".join(doubts)
