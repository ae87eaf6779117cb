"""The house rules of the test run: clean surroundings, coroutine tests, and nothing left behind."""

import gc
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import async_runner, environment, leaks, screen
from tests.helpers.log_guard import LogGuard

environment.clean_process()
environment.guard_network()

settings.register_profile(
    "legend",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("legend")

GUARD = pytest.StashKey[LogGuard]()
QT_NOISE = ("This plugin does not support", "propagateSizeHints", "raise()")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Without Qt's system libraries pytest-qt would end the whole run; the tests that need it are skipped instead."""
    if screen.missing():
        plugin = pluginmanager.get_plugin("pytest-qt")
        if plugin is not None:
            pluginmanager.unregister(plugin)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "allow_log(pattern): log records from WARNING up that this test means to cause")
    config.addinivalue_line("markers", "time_limit(seconds): seconds that a coroutine test may take (60)")


def pytest_report_header() -> str | None:
    return screen.missing() or None


class SkippedModule(pytest.Module):
    """Stands for a module that cannot be imported here."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        raise pytest.skip.Exception(screen.missing(), allow_module_level=True)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if screen.missing() and screen.needs_qt(module_path):
        module: pytest.Module = SkippedModule.from_parent(parent, path=module_path)
        return module
    return None


def _limit(item: pytest.Item) -> float:
    mark = item.get_closest_marker("time_limit")
    return float(mark.args[0]) if mark else async_runner.LIMIT_SECONDS


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def`` tests (also those wrapped by hypothesis) on a loop of their own."""
    function: Any = pyfuncitem.obj
    inner: Any = getattr(getattr(function, "hypothesis", None), "inner_test", None)
    if async_runner.wants_loop(inner):
        function.hypothesis.inner_test = async_runner.make_sync(inner, _limit(pyfuncitem))
        return None
    if not async_runner.wants_loop(function):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    async_runner.run(function(**{name: pyfuncitem.funcargs[name] for name in names}), _limit(pyfuncitem))
    return True


GARBAGE = 50_000
"""New objects after which it is worth looking."""


@pytest.fixture(autouse=True)
def log_guard(request: pytest.FixtureRequest) -> Iterator[LogGuard]:
    """Fails the test on a log record from WARNING up that nobody expected; tests that take ``caplog`` judge alone."""
    guard = LogGuard()
    for mark in request.node.iter_markers("allow_log"):
        guard.allow(mark.args[0])
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.addHandler(guard)
    yield guard
    root.removeHandler(guard)
    for handler in [found for found in root.handlers if found not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    rows = [] if "caplog" in request.fixturenames else guard.unexpected()
    capture = getattr(request.node, "qt_log_capture", None)
    for record in capture.records if capture is not None and "qtlog" not in request.fixturenames else ():
        if record.log_type_name != "QtDebugMsg" and not any(noise in record.message for noise in QT_NOISE):
            rows.append(f"Qt {record.log_type_name}: {record.message}")
    if rows:
        pytest.fail("unexpected log records:\n  " + "\n  ".join(rows), pytrace=False)


@pytest.fixture
def expect_log(log_guard: LogGuard) -> Callable[[str], None]:
    """``expect_log(pattern)`` allows the log records that match."""
    return log_guard.allow


@pytest.fixture(autouse=True)
def widgets_are_freed_here() -> Iterator[None]:
    """Lets Python look for garbage between tests, on this thread: on another one it would take widgets apart there."""
    gc.disable()
    yield
    if gc.get_count()[0] > GARBAGE:
        gc.collect()


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that leaves a thread or a running Qt timer behind, and names it."""
    before = leaks.threads_now()
    yield
    rows = [f"thread {name}" for name in leaks.leaked_threads(before)]
    if "qapp" in request.fixturenames:
        rows += [f"timer {name}" for name in leaks.leaked_timers()]
    if rows:
        pytest.fail("left running: " + "; ".join(rows), pytrace=False)


@pytest.fixture
def profile_dir(tmp_path: Path) -> Path:
    """A fresh folder for everything that the program writes."""
    return Path(os.environ.get("LEGEND_PROFILE_DIR", tmp_path / "profile"))


@pytest.fixture(autouse=True)
def own_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the profile of the person who runs it."""
    monkeypatch.setenv("LEGEND_PROFILE_DIR", str(tmp_path / "profile"))
