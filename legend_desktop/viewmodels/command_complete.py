"""Completion: the whole texts that Tab walks through."""

from collections.abc import Sequence

from legend_desktop.viewmodels.command_words import (
    BARS,
    BROKERS,
    CANCELS,
    CLAUSES,
    FRACTIONS,
    SIDES,
    STOP_PLACES,
    TOUCHES,
    VERBS,
    match_word,
)

_AFTER_SYMBOL = {
    "close": FRACTIONS,
    "stop": (*STOP_PLACES, *TOUCHES),
    "target": TOUCHES,
    "chart": BARS,
}
_PRICED = frozenset({"limit", "at", "stop", "target", "trigger"})


def complete(text: str, symbols: Sequence[str]) -> tuple[str, ...]:
    """The texts with the word under way completed, best first; empty where nothing fits.

    A text that ends in a blank begins a new word. ``symbols`` are the symbols in play, sorted.
    """
    parts = text.split()
    begun = parts[-1] if parts and not text[-1:].isspace() else ""
    before = parts[: len(parts) - 1] if begun else parts
    words = _fitting(before, begun, symbols)
    head = text[: len(text) - len(begun)]
    return tuple(f"{head}{word} " for word in words if word.lower() != begun.lower())


def _fitting(before: list[str], begun: str, symbols: Sequence[str]) -> list[str]:
    lower = begun.lower()
    names = [symbol for symbol in symbols if symbol.startswith(begun.upper())]
    if not before:
        return [*(word for word in VERBS if word.startswith(lower)), *(names if begun else [])]
    verbs = match_word(before[0], VERBS)
    verb = verbs[0] if len(verbs) == 1 else ""
    if len(before) == 1:
        groups = {"cancel": CANCELS, "flatten": ("all",)}.get(verb, ())
        return [*(word for word in groups if word.startswith(lower)), *names]
    if verb in SIDES:
        last = before[-1].lower()
        choices: tuple[str, ...] = CLAUSES
        if last in _PRICED:
            choices = TOUCHES
        elif last == "on":
            choices = BROKERS
        used = {word.lower() for word in before}
        return [word for word in choices if word.startswith(lower) and word not in used]
    if len(before) == 2:
        return [word for word in _AFTER_SYMBOL.get(verb, ()) if word.startswith(lower)]
    return []
