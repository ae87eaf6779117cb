"""What a person wrote about trades, and the names of the parts that a journal has."""

from collections.abc import Sequence

from legend_desktop.domain.records import TradeNote
from legend_desktop.store import rows
from legend_desktop.store.codec import from_us, texts_from_json, to_json, to_us
from legend_desktop.store.database import Link, transaction

_COLUMNS = ("profile_id", "trade_key", "symbol", "open_us", "note", "tags", "edited_us")
_SAVE = rows.insert(
    "trade_note",
    _COLUMNS,
    "ON CONFLICT (profile_id, trade_key) DO UPDATE SET symbol = excluded.symbol, open_us = excluded.open_us, "
    "note = excluded.note, tags = excluded.tags, edited_us = excluded.edited_us",
)
_DROP = "DELETE FROM trade_note WHERE profile_id = ? AND trade_key = ?"
_PARTS = "SELECT DISTINCT profile_id FROM account WHERE substr(profile_id, 1, ?) = ? ORDER BY profile_id"


def save_note(link: Link, profile: str, note: TradeNote, replaces: Sequence[str]) -> None:
    """Keep ``note`` in place of the one with its key and of those called ``replaces``; an empty one only takes away."""
    with transaction(link):
        for key in {note.trade_key, *replaces}:
            if key != note.trade_key or note.empty:
                link.run(_DROP, (profile, key))
        if not note.empty:
            values = (profile, note.trade_key, note.symbol, to_us(note.opened_at), note.text)
            link.run(_SAVE, (*values, to_json(list(note.tags)), to_us(note.edited_at)))


def load_notes(link: Link, profile: str) -> list[TradeNote]:
    """Every note, in the order of the trades' opening."""
    sql = rows.select("trade_note", _COLUMNS[1:], "WHERE profile_id = ? ORDER BY open_us, trade_key")
    return [
        TradeNote(row[0], row[1], from_us(row[2]), row[3], texts_from_json(row[4]), from_us(row[5]))
        for row in link.all(sql, (profile,))
    ]


def load_part_names(link: Link, prefix: str) -> list[str]:
    """The names of the parts with an account whose names begin with ``prefix``, sorted."""
    return [name for (name,) in link.all(_PARTS, (len(prefix), prefix))]
