"""The pre-trade gate: one pure function that every order passes, whatever face of the program it comes from."""

from legend_desktop.domain.gate_inputs import Check, GateInputs
from legend_desktop.domain.verdicts import Verdict

__all__ = ["Check", "GateInputs", "evaluate_gate"]


def evaluate_gate(inputs: GateInputs) -> tuple[Verdict, ...]:
    """One verdict for each ``Check``, in their order; nothing may be sent where one of them denies."""
    raise NotImplementedError(inputs.terms.symbol)
