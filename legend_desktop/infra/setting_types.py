"""What a setting is: its name, its kind of value, its default and where else it may come from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from legend_desktop.domain.errors import InvalidInput

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class SettingSource(StrEnum):
    """Where the value in force comes from, strongest first."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    DOTENV = ".env"
    STORED = "stored"
    DEFAULT = "default"


def text(value: Any) -> str:
    """Any single text."""
    if not isinstance(value, str):
        raise ValueError("a text")
    return value.strip()


def flag(value: Any) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("true or false")


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A whole number between two bounds, both allowed."""

    def parse(value: Any) -> int:
        words = f"a whole number from {least} to {most}"
        try:
            number = int(str(value).strip())
        except ValueError:
            raise ValueError(words) from None
        if isinstance(value, bool) or not least <= number <= most:
            raise ValueError(words)
        return number

    return parse


def number(least: str, most: str) -> Callable[[Any], Decimal]:
    """A decimal number between two bounds, both allowed."""

    def parse(value: Any) -> Decimal:
        words = f"a number from {least} to {most}"
        try:
            found = Decimal(str(value).strip())
        except InvalidOperation:
            raise ValueError(words) from None
        if not found.is_finite() or not Decimal(least) <= found <= Decimal(most):
            raise ValueError(words)
        return found

    return parse


def choice(*words: str) -> Callable[[Any], str]:
    """One of a few words."""

    def parse(value: Any) -> str:
        word = str(value).strip().lower()
        if word not in words:
            raise ValueError("one of " + ", ".join(words))
        return word

    return parse


def names(value: Any) -> tuple[str, ...]:
    """A list of texts; in one line they are separated by commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of texts")
    return tuple(item.strip() for item in value if item.strip())


def numbers(least: str, most: str) -> Callable[[Any], tuple[Decimal, ...]]:
    """A list of decimal numbers, at least one, each between two bounds; in one line separated by commas."""
    one = number(least, most)

    def parse(value: Any) -> tuple[Decimal, ...]:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not items:
            raise ValueError(f"numbers from {least} to {most}, separated by commas")
        return tuple(one(item) for item in items)

    return parse


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, declared once.

    ``parse`` takes what a person, a file or the environment wrote and returns the value; it raises ``ValueError`` with
    words that end the sentence "it must be ...". ``environment`` are the names of variables and ``.env`` lines, the
    first one found wins. ``secret`` values are masked when shown and never written to the settings file.
    """

    name: str
    default: Any
    description: str
    parse: Callable[[Any], Any] = field(repr=False)
    environment: tuple[str, ...] = ()
    secret: bool = False

    def read(self, value: Any) -> Any:
        """The value of ``value``. Raises ``InvalidInput`` with a plain sentence."""
        try:
            return self.parse(value)
        except ValueError as error:
            shown = "the value" if self.secret else repr(value)
            raise InvalidInput(
                f"The setting {self.name} cannot be {shown}: it must be {error}.", code="bad_setting"
            ) from None


def plain(value: Any) -> Any:
    """The value as JSON holds it: decimals as text, lists as lists."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
