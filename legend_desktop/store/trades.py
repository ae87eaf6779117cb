"""Round trips as they were last worked out: derived from executions, replaced anew, never the truth itself."""

from collections.abc import Sequence
from typing import Any

from legend_desktop.domain.enums import OrderSide
from legend_desktop.domain.records import RoundTripRecord
from legend_desktop.store import rows
from legend_desktop.store.codec import Exact, Units, from_us, optional_from_us, optional_us, to_us
from legend_desktop.store.database import Link, transaction

_COLUMNS = (
    "profile_id",
    "account_id",
    "symbol",
    "side",
    "open_us",
    "close_us",
    "qty_u",
    "entry_u",
    "exit_u",
    "pnl_u",
    "fees_u",
    "risk_u",
    "mae_u",
    "mfe_u",
    "rebuilt_us",
    "exact",
)
_INSERT = rows.insert("round_trip", _COLUMNS, "RETURNING id")
_INSERT_PART = rows.insert("round_trip_exec", ("round_trip_id", "execution_id", "qty_u"))
_FIND_EXECUTION = (
    "SELECT x.id, x.account_id FROM execution x JOIN account a ON a.id = x.account_id "
    "WHERE a.profile_id = ? AND x.exec_id = ? ORDER BY x.id LIMIT 1"
)
_PARTS = (
    "SELECT x.exec_id, p.qty_u FROM round_trip_exec p JOIN execution x ON x.id = p.execution_id "
    "WHERE p.round_trip_id = ? ORDER BY p.id"
)


def replace_round_trips(
    link: Link, profile: str, trips: Sequence[RoundTripRecord], *, symbol: str, since_us: int, at_us: int
) -> None:
    """Store ``trips`` in place of those in ``symbol`` that were opened at ``since_us`` or later, in one commit.

    A trip none of whose executions is in the journal is left out: it could not be worked out anew.
    """
    with transaction(link):
        link.run(
            "DELETE FROM round_trip WHERE profile_id = ? AND symbol = ? AND open_us >= ?", (profile, symbol, since_us)
        )
        for trip in trips:
            parts = [(link.one(_FIND_EXECUTION, (profile, key)), shares) for key, shares in trip.parts]
            known = [(found[0], found[1], shares) for found, shares in parts if found is not None]
            if known:
                (trip_id,) = link.one(_INSERT, _row(profile, known[0][1], trip, at_us))
                link.run_many(_INSERT_PART, [(trip_id, key, Units().must("qty_u", shares)) for key, _, shares in known])


def _row(profile: str, account_id: int, trip: RoundTripRecord, at_us: int) -> tuple[Any, ...]:
    units = Units()
    return (
        profile,
        account_id,
        trip.symbol,
        trip.side.value,
        to_us(trip.opened_at),
        optional_us(trip.closed_at),
        units.must("qty_u", trip.quantity),
        units.must("entry_u", trip.entry_price),
        units.put("exit_u", trip.exit_price),
        units.put("pnl_u", trip.profit),
        units.put("fees_u", trip.fees),
        units.put("risk_u", trip.risk),
        units.put("mae_u", trip.worst),
        units.put("mfe_u", trip.best),
        at_us,
        units.exact,
    )


def load_round_trips(link: Link, profile: str) -> list[RoundTripRecord]:
    """The round trips as last stored, oldest first."""
    columns = ("id", *_COLUMNS)
    found = link.all(rows.select("round_trip", columns, "WHERE profile_id = ? ORDER BY open_us, id"), (profile,))
    return [_trip(link, row) for row in found]


def _trip(link: Link, row: Sequence[Any]) -> RoundTripRecord:
    exact = Exact(row[16])
    parts = tuple((key, Exact(None).must("qty_u", units)) for key, units in link.all(_PARTS, (row[0],)))
    return RoundTripRecord(
        symbol=row[3],
        side=OrderSide(row[4]),
        opened_at=from_us(row[5]),
        quantity=exact.must("qty_u", row[7]),
        entry_price=exact.must("entry_u", row[8]),
        parts=parts,
        closed_at=optional_from_us(row[6]),
        exit_price=exact.get("exit_u", row[9]),
        profit=exact.get("pnl_u", row[10]),
        fees=exact.get("fees_u", row[11]),
        risk=exact.get("risk_u", row[12]),
        worst=exact.get("mae_u", row[13]),
        best=exact.get("mfe_u", row[14]),
    )
