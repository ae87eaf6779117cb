"""What the command line starts. The callables come from above; this layer parses, prints and gives exit codes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from legend_desktop.domain.enums import TradingMode

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


@dataclass(frozen=True, slots=True)
class CommonArgs:
    """What may stand before or after every sub-command."""

    profile_dir: Path | None = None
    headless: bool = False


@dataclass(frozen=True, slots=True)
class DemoArgs:
    """The terms of a demo. ``seed`` is the simulator's market; ``replay`` a CSV file of quotes in its place."""

    common: CommonArgs
    out: Path
    seed: int | None = None
    replay: Path | None = None


@dataclass(frozen=True, slots=True)
class ImportEnvArgs:
    """Which file, and whether its keys are for real money."""

    common: CommonArgs
    file: Path
    live: bool = False


@dataclass(frozen=True, slots=True)
class ReportArgs:
    """Which orders a report is about, and the file. ``None`` and empty texts leave the usual choice to the program."""

    common: CommonArgs
    mode: TradingMode
    format: str
    out: Path
    since: date | None = None
    until: date | None = None
    as_of: datetime | None = None
    broker: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class VerifyArgs:
    """The report that is compared with the journal."""

    common: CommonArgs
    file: Path


class SettingRow(Protocol):
    """One line of the list of settings."""

    @property
    def name(self) -> str:
        """The setting."""
        ...

    @property
    def value(self) -> str:
        """The value in force; secrets masked."""
        ...

    @property
    def source(self) -> str:
        """Where the value comes from."""
        ...

    @property
    def environment(self) -> tuple[str, ...]:
        """The variables that set it."""
        ...

    @property
    def description(self) -> str:
        """What it is for."""
        ...


@dataclass(frozen=True, slots=True)
class SettingReport:
    """The settings as found, where they are kept, and what was wrong with them."""

    rows: Sequence[SettingRow]
    kept_in: str
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Commands:
    """The callables behind the sub-commands. Each returns an exit code, or what is to be printed.

    ``import_env``, ``report`` and ``verify`` print while they work: they get the function that prints a line.
    """

    window: Callable[[CommonArgs], int]
    demo: Callable[[DemoArgs], int]
    settings: Callable[[CommonArgs], SettingReport]
    import_env: Callable[[ImportEnvArgs, Callable[[str], None]], int]
    report: Callable[[ReportArgs, Callable[[str], None]], int]
    verify: Callable[[VerifyArgs, Callable[[str], None]], int]
