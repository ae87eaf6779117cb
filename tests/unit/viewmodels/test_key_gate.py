"""What becomes of a press: the rules that keep a key from sending twice, late, unseen or unarmed."""

from dataclasses import replace

import pytest

from legend_desktop.viewmodels.actions import ACTIONS
from legend_desktop.viewmodels.key_gate import Blocker, Decision, PressFacts, belongs_to_text, decide, refusal

BUY = ACTIONS["order.quick_buy"]
ARMED = PressFacts("F2", armed=True)


def test_an_armed_key_runs() -> None:
    assert decide(BUY, ARMED).decision is Decision.RUN


def test_case_70_two_presses_within_50_ms_are_one() -> None:
    assert decide(BUY, replace(ARMED, since_same_ms=50)).decision is Decision.IGNORE
    assert decide(BUY, replace(ARMED, since_same_ms=400)).decision is Decision.RUN


def test_case_71_a_repeated_key_sends_nothing() -> None:
    for action in ACTIONS.values():
        if action.sends:
            assert decide(action, replace(ARMED, auto_repeat=True)).decision is Decision.IGNORE, action.id
    assert decide(ACTIONS["row.next"], replace(ARMED, press="J", auto_repeat=True)).decision is Decision.RUN


def test_case_72_unarmed_sends_nothing_and_says_what_would_have_happened() -> None:
    answer = decide(BUY, PressFacts("F2"))
    assert (answer.decision, answer.blockers) == (Decision.REFUSE, (Blocker.LOCKED,))
    sentence = refusal("F2", "buy 116 AAPL", answer.blockers, arm_key="Ctrl+Shift+A")
    assert sentence == "F2 would buy 116 AAPL, but keys are locked. Arm them with Ctrl+Shift+A."


@pytest.mark.parametrize("facts", [replace(ARMED, window_active=False), replace(ARMED, popup_open=True)])
def test_case_72_another_window_or_an_open_menu_keeps_its_keys(facts: PressFacts) -> None:
    for action in ACTIONS.values():
        assert decide(action, facts).decision is Decision.PASS, action.id


def test_case_72_a_key_that_was_down_when_the_window_came_up_does_nothing() -> None:
    assert decide(BUY, replace(ARMED, since_active_ms=30)).decision is Decision.IGNORE


def test_case_73_a_press_queued_behind_a_stall_is_dropped() -> None:
    answer = decide(BUY, replace(ARMED, age_ms=4_900))
    assert (answer.decision, answer.blockers) == (Decision.REFUSE, (Blocker.OLD,))
    assert "5 s ago" in refusal("F2", "buy", answer.blockers, arm_key="", age_ms=4_900)
    assert decide(BUY, replace(ARMED, age_ms=1_900)).decision is Decision.RUN


def test_case_73_after_a_stall_order_keys_are_dead_until_a_fresh_quote_but_the_stop_verbs_live() -> None:
    stalled = replace(ARMED, stalled=True)
    assert decide(BUY, stalled).blockers == (Blocker.STALLED,)
    assert decide(ACTIONS["ticket.send"], stalled).decision is Decision.REFUSE
    assert decide(ACTIONS["kill.flatten_all"], stalled).decision is Decision.HOLD
    assert decide(ACTIONS["panel.orders"], stalled).decision is Decision.RUN


def test_rehearsal_wins_over_armed_and_tells_what_would_have_stopped_it() -> None:
    answer = decide(BUY, replace(ARMED, rehearsing=True))
    assert (answer.decision, answer.blockers) == (Decision.REHEARSE, ())
    assert decide(BUY, PressFacts("F2", rehearsing=True)).blockers == (Blocker.LOCKED,)
    assert decide(ACTIONS["kill.cancel_all"], replace(ARMED, rehearsing=True)).decision is Decision.REHEARSE
    assert decide(ACTIONS["panel.orders"], replace(ARMED, rehearsing=True)).decision is Decision.RUN


def test_stop_verbs_work_locked_but_only_by_holding() -> None:
    assert decide(ACTIONS["kill.cancel_all"], PressFacts("Ctrl+Shift+Backspace")).decision is Decision.HOLD


def test_text_fields_keep_letters_digits_and_editing_keys() -> None:
    for press in ("B", "1", "+", "Shift+B", "Delete", "Return", "End", "Ctrl+C", "Left"):
        assert belongs_to_text(press), press
    for press in ("F2", "Ctrl+Return", "Alt+M", "Ctrl+K", "Ctrl+Up", "Escape", "Ctrl+Shift+X", "Alt+Left"):
        assert not belongs_to_text(press), press
    side = ACTIONS["ticket.side_buy"]
    assert decide(side, PressFacts("B", in_text_field=True)).decision is Decision.PASS
    assert decide(side, PressFacts("B")).decision is Decision.RUN


def test_a_character_typed_with_altgr_is_typed() -> None:
    assert decide(ACTIONS["order.cancel_symbol"], PressFacts("Ctrl+Alt+X", altgr=True)).decision is Decision.PASS
