"""The seal of a report: which question it answers, from which inputs, by which formulas. Every format carries it.

From the seal alone the file can be made anew, which is how it is verified.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from legend_desktop.analytics.quality import SCORE_VERSION
from legend_desktop.analytics.statistics import RESAMPLES, SEED
from legend_desktop.domain.errors import InvalidInput
from legend_desktop.services.report_content import REPORT_VERSION, BestExecution
from legend_desktop.services.report_plain import content_hash, plain_content
from legend_desktop.services.report_terms import CSV, HTML, JSON, PDF, ReportTerms, terms_of

MARK = "legend-desktop-report"
_IN_TEXT = re.compile(rf"{MARK} (\{{.*?\}}) end-of-seal".encode(), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Seal:
    """Terms, hashes and versions of one report. ``content`` is the hash of all that it says, in whatever format."""

    terms: ReportTerms
    inputs: str
    content: str
    report_version: int = REPORT_VERSION
    formula_version: int = SCORE_VERSION
    seed: int = SEED
    resamples: int = RESAMPLES

    def as_dict(self) -> dict[str, Any]:
        """The seal as plain values; flat, so that it holds no brace but its own."""
        return {
            **{f"term_{name}": value for name, value in self.terms.as_dict().items()},
            "inputs_sha256": self.inputs,
            "content_sha256": self.content,
            "report_version": self.report_version,
            "formula_version": self.formula_version,
            "bootstrap_seed": self.seed,
            "bootstrap_resamples": self.resamples,
        }

    def as_text(self) -> str:
        """One ASCII line that may stand in a comment of HTML, CSV or PDF: nothing in it can end one."""
        text = json.dumps(self.as_dict(), separators=(",", ":"))
        for risky in "<>()":
            text = text.replace(risky, f"\\u{ord(risky):04x}")
        return f"{MARK} {text} end-of-seal"


def seal_of(report: BestExecution) -> Seal:
    """The seal of ``report``."""
    return Seal(report.terms, report.hashes.inputs, content_hash(plain_content(report)))


def find_seal(data: bytes) -> Seal:
    """The seal of a file in any format; raises ``InvalidInput`` where there is none that can be read."""
    try:
        if data.lstrip()[:1] == b"{":
            words = json.loads(data)["seal"]
        else:
            found = _IN_TEXT.search(data)
            if found is None:
                raise InvalidInput("This file carries no seal.", advice="Only reports of this program can be verified.")
            words = json.loads(found[1])
        terms = terms_of({name.removeprefix("term_"): value for name, value in dict(words).items()})
        return Seal(
            terms,
            str(words["inputs_sha256"]),
            str(words["content_sha256"]),
            int(words["report_version"]),
            int(words["formula_version"]),
            int(words["bootstrap_seed"]),
            int(words["bootstrap_resamples"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("The seal of this file cannot be read.", advice="The file was changed or cut.") from error


def format_of(data: bytes) -> str:
    """``pdf``, ``html``, ``json`` or ``csv``, by how the file begins."""
    head = data.lstrip()[:16].lower()
    if head.startswith(b"%pdf"):
        return PDF
    if head.startswith(b"<"):
        return HTML
    return JSON if head.startswith(b"{") else CSV
