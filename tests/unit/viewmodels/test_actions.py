"""The list of actions and the shipped key map agree with each other and with the rules for keys."""

from pathlib import Path

import pytest

from legend_desktop.viewmodels.actions import ACTIONS, Group, Guard, Scope, in_group
from legend_desktop.viewmodels.key_map import load_key_map
from legend_desktop.viewmodels.key_spelling import is_bare

SHIPPED = (Path(__file__).parents[3] / "resources" / "hotkeys" / "default.toml").read_text(encoding="utf-8")
PLATFORMS = ("linux", "win32", "darwin")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_shipped_map_has_no_problem_on_any_system(platform: str) -> None:
    assert load_key_map(SHIPPED, platform=platform).problems == ()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_action_has_a_key_and_every_key_an_action(platform: str) -> None:
    bound = {binding.action.id for binding in load_key_map(SHIPPED, platform=platform).bindings}
    assert bound == set(ACTIONS)


def test_no_shipped_key_sends_on_a_bare_letter_or_digit() -> None:
    for binding in load_key_map(SHIPPED).bindings:
        if binding.action.sends:
            assert not is_bare(binding.sequence[0]), binding.action.id


def test_what_buys_or_sells_by_key_needs_arming_and_the_kill_verbs_need_holding() -> None:
    for action in in_group(Group.ORDERS):
        if action.sends and "cancel" not in action.id:
            assert action.guard is Guard.ARMED, action.id
    assert (ACTIONS["kill.cancel_all"].hold_ms, ACTIONS["kill.flatten_all"].hold_ms) == (600, 1000)
    assert all(action.hold_ms > 0 for action in ACTIONS.values() if action.guard is Guard.HOLD)


def test_keys_that_repeat_never_send() -> None:
    assert not [action.id for action in ACTIONS.values() if action.repeats and action.sends]


def test_a_narrow_scope_meets_the_window_and_the_orders_table_is_a_table() -> None:
    assert Scope.WINDOW.overlaps(Scope.CHART)
    assert Scope.ORDERS.overlaps(Scope.TABLE)
    assert not Scope.ENTRY.overlaps(Scope.CHART)


def test_the_keys_of_the_specification() -> None:
    keys = load_key_map(SHIPPED, platform="linux")
    wanted = {
        "order.quick_buy": "F2",
        "order.quick_short": "Shift+F3",
        "order.stop_one_tick_up": "Alt+Shift+Up",
        "kill.cancel_all": "Ctrl+Shift+Backspace",
        "ticket.type_market": "Alt+M",
        "view.zoom_in": "Ctrl++",
        "chart.bars_1_to_6": "1 to 6",
        "command.open": "Ctrl+K",
    }
    found = {action_id: keys.text_of(action_id).split(", ")[0] for action_id in wanted}
    assert found == wanted


def test_a_mac_moves_option_letters_to_control_and_shows_signs() -> None:
    keys = load_key_map(SHIPPED, platform="darwin")
    wanted = {
        "ticket.type_market": "⌃M",
        "ticket.apply_fix_1": "⌃⇧1",
        "kill.cancel_all": "⇧⌘⌫",
        "order.cancel_selected": "⌫",
        "order.stop_one_tick_up": "⌥⇧↑",
        "ticket.send": "⌘↩",
        "order.cancel_symbol": "⌥⌘X",
        "ticket.price_mid": "⌥home",
    }
    assert {action_id: keys.text_of(action_id) for action_id in wanted} == wanted
