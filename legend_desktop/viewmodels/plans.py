"""A plan: one action with its preview and the call that carries it out. Keys, menus and commands share them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from legend_desktop.domain.errors import InvalidInput
from legend_desktop.domain.verdicts import Fix, Outcome, Verdict
from legend_desktop.viewmodels.previews import ActionPreview

Run = Callable[[frozenset[str], int | None], Awaitable[str]]
"""Carries a plan out with the ids of accepted checks and the stamp of the key press; answers with one sentence."""


@dataclass(frozen=True)
class Plan:
    """What will happen, and how to make it happen.

    ``key`` says the same order again for a second press. ``sends`` is true where something changes at the broker.
    ``hold_ms`` above zero asks for holding. ``done`` is a synchronous act for plans that send nothing.
    """

    key: str
    preview: ActionPreview
    run: Run | None = None
    act: Callable[[], object] | None = None
    sends: bool = True
    hold_ms: int = 0

    @property
    def allowed(self) -> bool:
        """True where no check forbids it and there is something to do."""
        return self.preview.allowed and (self.run is not None or self.act is not None)

    @property
    def refusal(self) -> str:
        """Why it cannot be carried out, in one sentence; empty where it can."""
        if self.allowed:
            return ""
        words = " ".join(verdict.sentence for verdict in self.preview.denials[:1])
        return words or "That is not possible now."


def passed(check: str, title: str) -> Verdict:
    """A check that passes."""
    return Verdict(check, title, Outcome.PASS)


def refused(key: str, title: str, sentence: str, fixes: tuple[Fix, ...] = ()) -> Plan:
    """A plan that cannot be carried out, with the reason."""
    return Plan(
        key, ActionPreview(title, verdicts=(Verdict("possible", "Possible now", Outcome.DENY, sentence, fixes),))
    )


def refused_by(key: str, title: str, error: InvalidInput) -> Plan:
    """The same for an input that cannot be worked out."""
    return refused(key, title, error.sentence)
