"""What a start hands to the composition: everything that exists before a window does."""

from dataclasses import dataclass, field
from pathlib import Path

from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.infra.crash_file import PreviousRun
from legend_desktop.infra.paths import ProfilePaths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The terms of a demo. ``pictures`` is false where Qt cannot draw; ``visible`` is true on a real screen."""

    out: Path
    replay: Path | None = None
    pictures: bool = True
    visible: bool = False


@dataclass(frozen=True, slots=True)
class StartOptions:
    """One start of the program.

    ``stop`` ends it: await ``stop.wait()`` in the main coroutine, call ``stop.request(reason)`` to end.
    ``problems`` are plain sentences about settings and logs to show once. ``previous`` is a run that did not end
    cleanly.
    """

    paths: ProfilePaths
    settings: Settings
    redactor: Redactor
    reporter: ErrorReporter
    stop: StopSignal
    problems: tuple[str, ...] = ()
    previous: PreviousRun | None = None
    demo: DemoOptions | None = field(default=None)
