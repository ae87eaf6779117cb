"""What will happen, in words and figures: the content of the command preview, the stop menu and the rehearsal card."""

from dataclasses import dataclass

from legend_desktop.domain.verdicts import Outcome, Verdict, worst


@dataclass(frozen=True, slots=True)
class Figure:
    """One label with its figure as text; ``tone`` is empty, ``gain``, ``loss`` or ``warning``."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ActionPreview:
    """One order or action before it happens: a title, a sentence, figures and every check."""

    title: str
    sentence: str = ""
    figures: tuple[Figure, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def would(self) -> str:
        """The title inside a sentence: "F2 would buy 116 AAPL at market"."""
        return self.title[:1].lower() + self.title[1:]

    @property
    def allowed(self) -> bool:
        """False where a check forbids it."""
        return worst(self.verdicts) is not Outcome.DENY

    @property
    def confirmations(self) -> tuple[Verdict, ...]:
        """The checks that ask for a second, deliberate press."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is Outcome.CONFIRM)

    @property
    def denials(self) -> tuple[Verdict, ...]:
        """The checks that forbid it."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is Outcome.DENY)

    @property
    def checks_text(self) -> str:
        """``16 of 16 pass``, empty without checks."""
        if not self.verdicts:
            return ""
        passed = sum(verdict.outcome in {Outcome.PASS, Outcome.NOTICE} for verdict in self.verdicts)
        return f"{passed} of {len(self.verdicts)} pass"
