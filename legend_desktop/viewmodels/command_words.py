"""The words of the command line: what they are, how they may be cut, and what a wrong one was meant to be."""

from dataclasses import dataclass
from difflib import get_close_matches

from legend_desktop.domain.enums import BrokerType, TimeInForce
from legend_desktop.domain.errors import InvalidInput

SIDES = ("buy", "sell", "short", "cover")
MANAGE = ("close", "stop", "target", "cancel", "flatten", "lock", "half")
LOOK = ("show", "chart", "watch", "note", "report", "ask", "arm", "rehearse", "theme", "help")
VERBS = (*SIDES, *MANAGE, *LOOK)
TIMES = tuple(word.value for word in TimeInForce)
CLAUSES = ("limit", "at", "market", "stop", "target", "trail", "trigger", *TIMES, "on", "ext")
TOUCHES = ("bid", "ask", "mid")
BROKERS = tuple(broker.value for broker in BrokerType)
BARS = ("1m", "5m", "15m", "1h", "1d")
FRACTIONS = ("half", "quarter")
CANCELS = ("all", "last", "buys", "sells")
STOP_PLACES = ("entry", "costs", "trail")
ALONE = ("lock", "ask", "arm", "rehearse", "theme")
FREE_TEXT = ("note", "report", "help")

EXAMPLES = (
    ("buy AAPL 1% stop 174 target 180", "risk 1 % to 174, bracket"),
    ("buy AAPL .25% stop 173.75 target 2R", "target at twice the risk"),
    ("sell MSFT 0.5% stop +1.5%", "short, stop 1.5 % above"),
    ("buy NVDA 0.15% at bid-0.01 stop 182.90", "a resting limit a cent under the bid"),
    ("buy AMD 110 market", "110 shares"),
    ("buy KO $5000 limit 69.20 gtc", "value, not risk"),
    ("buy SPY 0.3% trigger 641 stop 2atr", "stop entry above the market"),
    ("close XOM half", "close half, the stop shrinks first"),
    ("close TSLA 25", "close 25 shares"),
    ("stop MSFT entry", "stop to break-even"),
    ("stop KO 67.80", "place or move the stop"),
    ("stop NVDA trail 1.2%", "replace the stop by a trailing one"),
    ("target NVDA 187.40", "set or move the target"),
    ("cancel AAPL", "its working orders"),
    ("cancel last", "the newest working order"),
    ("cancel all", "every working order, hold Enter 0.6 s"),
    ("flatten TSLA", "cancel its exits, then close"),
    ("AMZN", "load the symbol"),
    ("chart AMZN 5m", "its chart"),
    ("watch AMZN", "put it on the watch list"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One of several meanings of a text: ``text`` says the same without doubt, ``meaning`` explains it."""

    text: str
    meaning: str


class CommandError(InvalidInput):
    """A text that is not a command. ``span`` is the wrong part (start, end) of the text.

    ``suggestion`` is a whole text that would work, empty where none is known. ``incomplete`` marks a text that is
    merely not finished.
    """

    def __init__(
        self, message: str, span: tuple[int, int], *, suggestion: str = "", incomplete: bool = False, advice: str = ""
    ) -> None:
        super().__init__(message, advice=advice, code="command")
        self.span = span
        self.suggestion = suggestion
        self.incomplete = incomplete


class Ambiguous(CommandError):
    """A text with several meanings. None is guessed: ``readings`` lists them, a digit picks one."""

    def __init__(self, message: str, span: tuple[int, int], readings: tuple[Reading, ...]) -> None:
        super().__init__(message, span)
        self.readings = readings


def match_word(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that ``text`` can stand for: itself where it is one, else all that begin with it."""
    lower = text.lower()
    if lower in words:
        return (lower,)
    return tuple(word for word in words if word.startswith(lower)) if lower else ()


def closest(text: str, words: tuple[str, ...]) -> str:
    """The word that ``text`` was probably meant to be, empty where none is near."""
    found = get_close_matches(text.lower(), words, n=1, cutoff=0.6)
    return found[0] if found else ""


def or_list(words: tuple[str, ...]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
