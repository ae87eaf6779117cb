"""The console script: early checks, then the command line, then the window, the demo, an import or a list.

Qt is imported only once a window is wanted, the object graph only once something runs.
"""

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legend_desktop.app import early_checks
from legend_desktop.app.garbage import held_back
from legend_desktop.app.headless import run_offscreen, run_plain
from legend_desktop.app.hooks import ErrorReporter
from legend_desktop.app.options import DemoOptions, StartOptions
from legend_desktop.app.shutdown import leave
from legend_desktop.app.stop_signal import StopSignal
from legend_desktop.cli import main as command_line
from legend_desktop.cli.commands import (
    EXIT_FAILED,
    EXIT_OK,
    Commands,
    CommonArgs,
    DemoArgs,
    ImportEnvArgs,
    ReportArgs,
    SettingReport,
    VerifyArgs,
)
from legend_desktop.cli.demo import DEFAULT_OUT
from legend_desktop.domain.errors import InvalidInput, LegendError
from legend_desktop.infra.crash_file import CrashFile, PreviousRun
from legend_desktop.infra.dotenv_file import read_dotenv
from legend_desktop.infra.logs import Logs
from legend_desktop.infra.paths import ProfilePaths, make_private_dir, profile_paths
from legend_desktop.infra.redaction import Redactor
from legend_desktop.infra.settings import Settings
from legend_desktop.infra.single_instance import InstanceLock

if TYPE_CHECKING:
    from legend_desktop.app.report_run import ReportDesk

Main = Callable[[StartOptions], Coroutine[Any, Any, int]]


def _window_main(options: StartOptions) -> Coroutine[Any, Any, int]:
    from legend_desktop.app.window_keeper import run_window

    return run_window(options)


def _demo_main(options: StartOptions) -> Coroutine[Any, Any, int]:
    from legend_desktop.app.demo import run_demo

    return run_demo(options)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What stands before the program's own objects do."""

    paths: ProfilePaths
    settings: Settings
    redactor: Redactor
    reporter: ErrorReporter
    problems: tuple[str, ...]
    previous: PreviousRun | None

    def options(self, stop: StopSignal, demo: DemoOptions | None = None) -> StartOptions:
        return StartOptions(
            self.paths, self.settings, self.redactor, self.reporter, stop, self.problems, self.previous, demo
        )


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201  the only voice there is before a window


class Program:
    """Starts what the command line asks for. The two mains are what runs once everything below them stands."""

    def __init__(self, window_main: Main = _window_main, demo_main: Main = _demo_main) -> None:
        self._window_main = window_main
        self._demo_main = demo_main

    def commands(self) -> Commands:
        """The callables that the command line hands its arguments to."""
        return Commands(
            window=self.window,
            demo=self.demo,
            settings=self.settings,
            import_env=self.import_env,
            report=self.report,
            verify=self.verify,
        )

    def window(self, common: CommonArgs) -> int:
        """Open the window; where that is impossible say why in one line and run the demo without one."""
        with held_back():
            _load_before_qt()
            problem = early_checks.screen_problem() or early_checks.qt_problem() or early_checks.plugin_problem()
        if problem:
            _say(f"{problem} Running instead: legend-desktop demo --headless")
            return self.demo(DemoArgs(replace(common, headless=True), out=DEFAULT_OUT))
        with ExitStack() as stack:
            stack.enter_context(held_back())
            paths = profile_paths(common.profile_dir)
            paths.create()
            lock = InstanceLock(paths.lock_file)
            if not lock.acquire():
                return _yield_to_first(paths, lock)
            stack.callback(lock.release)
            ground = _prepare(stack, paths, common, log_file=paths.log_file)
            from legend_desktop.app.qt_loop import run_app

            return run_app(lambda stop: self._window_main(ground.options(stop)), reporter=ground.reporter)

    def demo(self, args: DemoArgs) -> int:
        """Run the demo on a fresh profile that is taken away afterwards; the log stays beside the pictures."""
        out = args.out.expanduser().absolute()
        _make_out(out)
        if args.replay is not None and not args.replay.is_file():
            raise InvalidInput(f"There is no file {args.replay} to replay.", advice="Check the name after --replay.")
        visible = not args.common.headless and not (early_checks.screen_problem() or early_checks.plugin_problem())
        qt_problem = early_checks.qt_problem()
        if qt_problem:
            _say(f"{qt_problem} The demo runs without pictures.")
        with ExitStack() as stack:
            given = args.common.profile_dir or _given_profile()
            if given is not None:
                make_private_dir(given.expanduser().absolute())
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="legend-demo-", dir=given))
            paths = profile_paths(Path(folder))
            paths.create()
            fixed = {} if args.seed is None else {"simulator.seed": str(args.seed)}
            ground = _prepare(stack, paths, args.common, log_file=out / "demo.log", fixed=fixed, watch_crashes=False)
            terms = DemoOptions(out, args.replay, pictures=not qt_problem, visible=visible and not qt_problem)

            def main(stop: StopSignal) -> Coroutine[Any, Any, int]:
                return self._demo_main(ground.options(stop, terms))

            if qt_problem:
                return run_plain(main, ground.reporter)
            if not visible:
                return run_offscreen(main, ground.reporter)
            from legend_desktop.app.qt_loop import run_app

            return run_app(main, reporter=ground.reporter)

    def settings(self, common: CommonArgs) -> SettingReport:
        """Every setting with its source. Writes nothing."""
        paths = profile_paths(common.profile_dir)
        settings, warnings = _read_settings(paths, common, {}, listing=True)
        return SettingReport(settings.lines(), str(paths.settings_file), (*warnings, *settings.problems))

    def import_env(self, args: ImportEnvArgs, say: Callable[[str], None]) -> int:
        """Take the logins of a ``.env`` file into the profile, which no window may have open meanwhile."""
        from legend_desktop.app.env_import import run_env_import

        file = args.file.expanduser().absolute()
        with ExitStack() as stack:
            paths = profile_paths(args.common.profile_dir)
            paths.create()
            lock = InstanceLock(paths.lock_file)
            if not lock.acquire():
                raise LegendError(
                    "Legend Desktop is open with this profile.",
                    advice="Import the file there, under Connections, or close the window first.",
                )
            stack.callback(lock.release)
            ground = _prepare(stack, paths, args.common, log_file=paths.log_file, watch_crashes=False)
            for problem in ground.problems:
                _say(problem)

            async def main(stop: StopSignal) -> int:
                done = await run_env_import(ground.options(stop), file, args.live, say)
                return EXIT_OK if done else EXIT_FAILED

            return run_plain(main, ground.reporter)

    def report(self, args: ReportArgs, say: Callable[[str], None]) -> int:
        """Write a best-execution report from the journal, which is only read: a window may be open beside."""
        from legend_desktop.app.report_run import run_report
        from legend_desktop.services.report_terms import make_terms

        out = args.out.expanduser().absolute()
        desk = _report_desk(args.common)
        terms = make_terms(
            args.mode,
            desk.clock.now(),
            since=args.since,
            until=args.until,
            as_of=args.as_of,
            broker=args.broker,
            symbol=args.symbol,
        )
        asyncio.run(run_report(desk, terms, args.format, out, say))
        return EXIT_OK

    def verify(self, args: VerifyArgs, say: Callable[[str], None]) -> int:
        """Compare a report with the journal; ``EXIT_FAILED`` where anything differs."""
        found = asyncio.run(_report_desk(args.common).verify(args.file.expanduser().absolute()))
        for sentence in found.sentences:
            say(sentence)
        return EXIT_OK if found.same else EXIT_FAILED


def _report_desk(common: CommonArgs) -> "ReportDesk":
    """What reports are made from, without a log, a lock or anything else that writes into the profile."""
    from legend_desktop.app.report_run import ReportDesk
    from legend_desktop.infra.clock import SystemClock

    paths = profile_paths(common.profile_dir)
    settings = Settings(paths.settings_file, environment=os.environ, keep_damaged=False)
    settings.close()  # nothing is written from here
    for problem in settings.problems:
        _say(problem)
    return ReportDesk(paths, settings, SystemClock())


def _load_before_qt() -> None:
    """Import the half of the program that knows no Qt.

    Once Qt is loaded, it reads the source of every module that is imported after it, which takes as long as the import.
    """
    from legend_desktop.app import accounts  # noqa: F401


def _given_profile() -> Path | None:
    name = os.environ.get("LEGEND_PROFILE_DIR")
    return Path(name) if name else None


def _make_out(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LegendError(
            f"The folder {out} cannot be written ({error.strerror or error}).", advice="Name another one with --out."
        ) from error


def _read_settings(
    paths: ProfilePaths, common: CommonArgs, fixed: dict[str, str], *, listing: bool
) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and warnings about the ``.env`` file of the working folder.

    ``listing`` changes nothing on disk and reads that file; the window does not, it offers to import it.
    """
    dotenv: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    place = Path.cwd() / ".env"
    if listing and os.path.lexists(place):
        try:
            found = read_dotenv(place)
            dotenv, warnings = found.values, found.warnings
        except InvalidInput as error:
            warnings = (error.sentence,)
    given = dict(fixed)
    if common.profile_dir is not None:
        given["profile.dir"] = str(common.profile_dir)
    settings = Settings(
        paths.settings_file, command_line=given, environment=os.environ, dotenv=dotenv, keep_damaged=not listing
    )
    return settings, warnings


def _prepare(
    stack: ExitStack,
    paths: ProfilePaths,
    common: CommonArgs,
    *,
    log_file: Path,
    fixed: dict[str, str] | None = None,
    watch_crashes: bool = True,
) -> _Ground:
    """Log, crash file and settings, in this order; ``stack`` takes them down in the opposite one."""
    redactor = Redactor()
    logs = Logs(redactor)
    stack.callback(logs.close)
    problems = [problem] if (problem := logs.open(log_file)) else []
    crash = CrashFile(paths.crash_dir, redactor)
    previous = crash.previous() if watch_crashes else None
    if watch_crashes:
        crash.start()
        stack.callback(crash.stop)
    settings, warnings = _read_settings(paths, common, fixed or {}, listing=False)
    stack.callback(settings.close)
    for secret in settings.secrets():
        redactor.add(secret)
    problems += [*warnings, *settings.problems]
    return _Ground(paths, settings, redactor, ErrorReporter(redactor.clean), tuple(problems), previous)


def _yield_to_first(paths: ProfilePaths, lock: InstanceLock) -> int:
    """Somebody trades with this profile already: show that window and leave."""
    from legend_desktop.app.raise_window import ask_to_raise

    if ask_to_raise(paths.data):
        _say("Legend Desktop is already open with this profile. Its window is in front now.")
        return EXIT_OK
    holder = lock.holder()
    who = f" (process {holder.pid})" if holder is not None else ""
    _say(f"Another Legend Desktop{who} uses this profile and does not answer. Close it, or use --profile-dir.")
    return EXIT_FAILED


def _mend_streams() -> None:
    """A program without a console has no streams at all; one with an old code page must not fail over a minus sign."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main(argv: Sequence[str] | None = None) -> int:
    """The console script ``legend-desktop``. Returns the exit code."""
    _mend_streams()
    problem = early_checks.python_problem()
    if problem:
        _say(problem)
        return EXIT_FAILED
    return leave(command_line.run(argv, Program().commands()))


def main_gui() -> int:
    """The script ``legend-desktop-gui``, started without a console."""
    return main()
