"""The house rules of tests/conftest.py fire when they should: each is tried on a small run of its own."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HERE = Path(__file__).parents[2]


def run_inside(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    """Run ``body`` as a test module under the real conftest, in a process of its own."""
    pytester.makeini("[pytest]\nqt_api = pyside6\naddopts = -p no:cacheprovider\nfilterwarnings = error\n")
    pytester.makeconftest("from tests.conftest import *  # noqa\n")
    pytester.makepyfile(test_inner=body)
    pytester.syspathinsert(HERE.parent)
    return pytester.runpytest_subprocess("-q", "-p", "no:xdist")


CASES = {
    "log": ("import logging\ndef test_a():\n    logging.getLogger('x').warning('odd thing')\n", "*odd thing*"),
    "thread": (
        "import threading\nstop = threading.Event()\n"
        "def test_a():\n    threading.Thread(target=stop.wait, name='lost one', daemon=True).start()\n",
        "*left running: thread lost one*",
    ),
    "task": (
        "import asyncio\nkeep = []\nasync def test_a():\n"
        "    keep.append(asyncio.get_running_loop().create_task(asyncio.Event().wait(), name='lost task'))\n",
        "*tasks left running: lost task*",
    ),
    "timer": (
        "from PySide6.QtCore import QTimer\nkeep = []\ndef test_a(qapp):\n    timer = QTimer()\n"
        "    timer.setObjectName('lost timer')\n    timer.start(60000)\n    keep.append(timer)\n",
        "*left running: timer lost timer of nobody, every 60000 ms*",
    ),
    "limit": (
        "import asyncio, pytest\n@pytest.mark.time_limit(0.05)\n"
        "async def test_a():\n    await asyncio.Event().wait()\n",
        "*did not end within 0.05 s*",
    ),
    "network": (
        "import socket\ndef test_a():\n    with socket.socket() as s:\n        s.connect(('192.0.2.1', 9))\n",
        "*a test tried to reach 192.0.2.1*",
    ),
    "async assert": ("async def test_a():\n    assert 1 == 2\n", "*assert 1 == 2*"),
    "async hypothesis": (
        "from hypothesis import given, strategies as st\n@given(st.integers())\n"
        "async def test_a(n):\n    assert n < 50\n",
        "*Failing test case: test_a*",
    ),
    "loop fault": (
        "import asyncio\nasync def test_a():\n    asyncio.get_running_loop().call_soon(lambda: 1 / 0)\n"
        "    await asyncio.sleep(0)\n    await asyncio.sleep(0)\n",
        "*the event loop reported*ZeroDivisionError*",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_broken_rule_fails_the_test_and_says_why(name: str, pytester: pytest.Pytester) -> None:
    body, words = CASES[name]
    result = run_inside(pytester, body)
    assert result.ret == 1, result.stdout.str()
    result.stdout.fnmatch_lines([words])


def test_tests_that_keep_the_rules_pass(pytester: pytest.Pytester) -> None:
    result = run_inside(
        pytester,
        "import asyncio, logging, os, pytest\n"
        "async def test_a(profile_dir):\n    await asyncio.sleep(0)\n"
        "    assert str(profile_dir) == os.environ['LEGEND_PROFILE_DIR']\n"
        "@pytest.mark.allow_log('odd')\ndef test_b():\n    logging.getLogger('x').warning('odd thing')\n"
        "def test_c(expect_log):\n    expect_log('^odd')\n    logging.getLogger('x').error('odd thing')\n",
    )
    result.assert_outcomes(passed=3)
