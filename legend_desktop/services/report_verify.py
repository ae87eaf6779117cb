"""Whether a report still is what the journal says: the file is made anew from its own seal and compared."""

from dataclasses import dataclass

from legend_desktop.services.report_content import REPORT_VERSION
from legend_desktop.services.report_seal import Seal


@dataclass(frozen=True, slots=True)
class Comparison:
    """``same`` is true where nothing differs; ``sentences`` say what was found, plain and in order."""

    same: bool
    sentences: tuple[str, ...]


def compare(given: bytes, seal: Seal, rebuilt: bytes, anew: Seal, *, drawn_by_qt: bool = False) -> Comparison:
    """Compare the file with the one made anew. ``drawn_by_qt``: its bytes also depend on Qt and the fonts."""
    if seal.report_version != REPORT_VERSION or seal.formula_version != anew.formula_version:
        return Comparison(
            False,
            (
                f"The report was made by layout {seal.report_version} and formulas {seal.formula_version}; this "
                f"program has layout {REPORT_VERSION} and formulas {anew.formula_version}. It cannot be made anew.",
            ),
        )
    same_inputs, same_content, same_bytes = seal.inputs == anew.inputs, seal.content == anew.content, given == rebuilt
    said = [
        "The journal holds the same inputs."
        if same_inputs
        else f"The journal's inputs differ: the report names {seal.inputs}, the journal gives {anew.inputs}."
    ]
    if not same_content:
        said.append(f"The figures differ: the report names {seal.content}, the journal gives {anew.content}.")
    if same_bytes:
        said.append("The file is byte for byte what is made from them.")
    elif same_inputs and same_content:
        maker = " It may also have been drawn by another Qt or with other fonts." if drawn_by_qt else ""
        said.append(f"The file differs from what is made from them: it was changed after it was written.{maker}")
    return Comparison(same_inputs and same_content and same_bytes, tuple(said))
