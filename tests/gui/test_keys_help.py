"""The list of keys: every action can be found, problems are on top, and the desk works on beside it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from legend_desktop.viewmodels.actions import ACTIONS
from legend_desktop.viewmodels.key_map import load_key_map
from legend_desktop.views.dialogs.keys_help import KeysHelp
from legend_desktop.views.theme import Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.panel_world import make_theme, picture

SHIPPED = (Path(__file__).parents[2] / "resources" / "hotkeys" / "default.toml").read_text(encoding="utf-8")


def make(qtbot: QtBot, own: str | None = None, scheme: Scheme = Scheme.DARK) -> KeysHelp:
    dialog = KeysHelp(make_theme(scheme), load_key_map(SHIPPED, own, platform="linux"))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_every_action_is_listed_and_nothing_is_modal(qtbot: QtBot, scheme: Scheme) -> None:
    dialog = make(qtbot, scheme=scheme)
    assert {row.action_id for row in dialog.shown_rows()} >= set(ACTIONS)
    assert not dialog.isModal()
    assert not dialog._problems.isVisible()
    assert access_gaps(dialog) == []
    picture(dialog, f"keys-help-{scheme}")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("F2", "order.quick_buy"),
        ("close half", "order.close_half"),
        ("hold flatten", "kill.flatten_all"),
        ("kill.lock", "kill.lock"),
        ("armed reverse", "order.reverse_position"),
    ],
)
def test_a_search_finds_by_title_key_note_and_id(qtbot: QtBot, words: str, found: str) -> None:
    dialog = make(qtbot)
    dialog.search(words)
    assert found in {row.action_id for row in dialog.shown_rows()}
    assert len(dialog.shown_rows()) < 12


def test_the_words_of_the_command_line_are_listed_too(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.search("break-even")
    assert [row.key for row in dialog.shown_rows()] == ["stop MSFT entry"]


def test_a_clash_is_told_on_top_and_at_the_actions(qtbot: QtBot) -> None:
    dialog = make(qtbot, 'panel.orders = "F2"\n')
    assert dialog._problems.isVisible()
    assert "Both are off" in dialog._problems.text()
    dialog.search("two actions share")
    assert {row.action_id for row in dialog.shown_rows()} == {"order.quick_buy", "panel.orders"}
    dialog.search("")
    picture(dialog, "keys-help-clash")


def test_enter_in_the_search_does_not_close_it(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    QTest.keyClick(dialog._search, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
