"""Notes on their way to the disk: written in the order they were typed; what cannot be kept stays and says why."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from legend_desktop.domain.errors import LegendError
from legend_desktop.domain.trade_journal import JournalTrade

WriteNote = Callable[[str, JournalTrade, str, Sequence[str]], Awaitable[JournalTrade]]
Start = Callable[[Callable[[], Coroutine[Any, Any, None]], str], bool]


@dataclass(frozen=True, slots=True)
class _Draft:
    part: str
    trade: JournalTrade
    text: str
    tags: tuple[str, ...]


class NoteKeeper:
    """Holds what was typed until it is kept. ``on_change`` follows every step, ``on_kept`` each note that is safe.

    ``start`` runs a coroutine as a task, and is false where none can be run.
    """

    def __init__(self, write: WriteNote, start: Start) -> None:
        self._write = write
        self._start = start
        self._drafts: dict[tuple[str, str], _Draft] = {}
        self._saving = False
        self.problem = ""
        self.on_change: Callable[[], None] = lambda: None
        self.on_kept: Callable[[str, JournalTrade], None] = lambda _part, _trade: None

    def waits(self, part: str, key: str) -> bool:
        """True while something about this trade is not kept."""
        return (part, key) in self._drafts

    def as_typed(self, part: str, trade: JournalTrade) -> JournalTrade:
        """``trade`` with what was typed about it last."""
        draft = self._drafts.get((part, trade.key))
        return trade if draft is None else replace(trade, text=draft.text, tags=draft.tags)

    def write(self, part: str, trade: JournalTrade, text: str, tags: tuple[str, ...]) -> None:
        """Keep what is written about ``trade`` soon; everything that waits is tried again."""
        shown = self.as_typed(part, trade)
        if (text, tags) != (shown.text, shown.tags):
            self._drafts[part, trade.key] = _Draft(part, trade, text, tags)
            self.on_change()
        if self._drafts and not self._saving:
            self._saving = self._start(self._keep_all, "keep notes")

    async def _keep_all(self) -> None:
        try:
            while self._drafts:
                key, draft = next(iter(self._drafts.items()))
                try:
                    kept = await self._write(draft.part, draft.trade, draft.text, draft.tags)
                except LegendError as error:
                    self.problem = error.sentence
                    return
                self.problem = ""
                if self._drafts.get(key) is draft:
                    del self._drafts[key]
                self.on_kept(draft.part, kept)
        finally:
            self._saving = False
            self.on_change()
