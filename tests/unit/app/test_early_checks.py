from pathlib import Path

import pytest

from legend_desktop.app import early_checks

NEEDS_NO_SCREEN = True


@pytest.mark.parametrize(("version", "fits"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)])
def test_a_python_that_cannot_run_the_program_is_named(version: tuple[int, int], fits: bool) -> None:
    problem = early_checks.python_problem(version)
    assert (problem == "") is fits
    assert fits or f"{version[0]}.{version[1]}" in problem


@pytest.mark.parametrize(
    ("names", "platform", "words"),
    [
        ({}, "linux", "neither DISPLAY nor WAYLAND_DISPLAY"),
        ({"DISPLAY": ""}, "linux", "neither DISPLAY"),
        ({"DISPLAY": ":9471"}, "linux", "DISPLAY is :9471, and nothing answers"),
        ({"DISPLAY": "far.example:0"}, "linux", ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ""),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", ""),
        ({}, "darwin", ""),
        ({}, "win32", ""),
    ],
)
def test_where_no_window_can_be_shown_it_is_said(names: dict[str, str], platform: str, words: str) -> None:
    problem = early_checks.screen_problem(names, platform)
    assert (words in problem) if words else problem == ""


def test_a_missing_library_of_qt_is_named_with_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qt_that_fails.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    problem = early_checks.qt_problem("qt_that_fails", "linux")
    assert problem.startswith("Qt cannot draw here: libGL.so.1 is missing.")
    assert "apt-get install libgl1 libegl1" in problem
    assert "\n" not in problem
    assert "Install the program again" in early_checks.qt_problem("qt_that_fails", "win32")


def test_qts_part_for_x11_is_tried_only_where_it_is_used() -> None:
    assert early_checks.plugin_problem({"QT_QPA_PLATFORM": "offscreen"}, "linux") == ""
    assert early_checks.plugin_problem({}, "darwin") == ""
    problem = early_checks.plugin_problem({"DISPLAY": ":0"}, "linux")
    assert problem == "" or "libxcb-cursor0" in problem
