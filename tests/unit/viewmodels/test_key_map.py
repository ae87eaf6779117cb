"""A person's own key file over the shipped one: what it changes, and what is said about its mistakes."""

from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.viewmodels.actions import Scope
from legend_desktop.viewmodels.key_map import KeyMap, load_key_map
from legend_desktop.viewmodels.key_spelling import display, parse_sequence, split_press

SHIPPED = """\
order.quick_buy = "F2"
order.quick_sell = "F3"
panel.orders = "Ctrl+3"
ticket.side_buy = "B"
chart.follow = "End"
row.open = "Return"
order.cancel_selected = "Delete"
"""
EVERYWHERE = frozenset({Scope.WINDOW})


def load(own: str | None = None, platform: str = "linux") -> KeyMap:
    return load_key_map(SHIPPED, own, platform=platform)


def test_one_own_line_replaces_one_shipped_line() -> None:
    keys = load('order.quick_buy = "Ctrl+B"\n')
    assert keys.keys_of("order.quick_buy") == (("Ctrl+B",),)
    assert keys.keys_of("order.quick_sell") == (("F3",),)
    assert keys.problems == ()


def test_an_empty_text_takes_the_key_away() -> None:
    keys = load('order.quick_buy = ""\n')
    assert keys.keys_of("order.quick_buy") == ()
    assert keys.problems == ()


def test_a_key_in_overlapping_scopes_turns_both_off_and_names_both_lines() -> None:
    keys = load('# mine\nticket.side_buy = "F2"\n')
    assert keys.keys_of("order.quick_buy") == ()
    assert keys.keys_of("ticket.side_buy") == ()
    [problem] = keys.problems
    assert problem.sentence == (
        "F2 is given to order.quick_buy (the shipped map, line 1) and to ticket.side_buy (your key file, line 2). "
        "Both are off until one of the lines changes."
    )
    assert problem.off
    assert problem.actions == ("order.quick_buy", "ticket.side_buy")


def test_a_key_in_scopes_that_never_meet_does_both() -> None:
    keys = load('chart.follow = "B"\n')
    assert keys.problems == ()
    entry, chart = keys.find(("B",), frozenset({Scope.ENTRY})), keys.find(("B",), frozenset({Scope.CHART}))
    assert entry is not None
    assert chart is not None
    assert (entry.action.id, chart.action.id) == ("ticket.side_buy", "chart.follow")
    assert keys.find(("B",), EVERYWHERE) is None


def test_a_prefix_of_a_chord_takes_the_chord_away() -> None:
    keys = load('panel.orders = "F2, O"\n')
    assert keys.keys_of("panel.orders") == ()
    assert keys.keys_of("order.quick_buy") == (("F2",),)
    assert "The longer one is off." in keys.problems[0].sentence


def test_a_chord_of_its_own_is_found_press_by_press() -> None:
    keys = load('panel.orders = "Ctrl+G, O"\n')
    assert keys.begins_chord(("Ctrl+G",))
    found = keys.find(("Ctrl+G", "O"), EVERYWHERE)
    assert found is not None
    assert found.action.id == "panel.orders"


def test_a_key_of_the_system_is_kept_with_a_warning() -> None:
    keys = load('panel.orders = "Alt+F4"\n')
    assert keys.keys_of("panel.orders") == (("Alt+F4",),)
    assert "often belongs to the system" in keys.problems[0].sentence
    assert not keys.problems[0].off


def test_an_unknown_action_is_ignored_and_named() -> None:
    keys = load('order.buy_everything = "F2"\n')
    assert keys.keys_of("order.quick_buy") == (("F2",),)
    assert keys.problems[0].sentence == (
        "Your key file, line 1: there is no action order.buy_everything. It is ignored."
    )


def test_a_broken_file_leaves_the_shipped_map_and_names_the_line() -> None:
    keys = load('panel.orders = "F9"\nthis is not a line\n')
    assert keys.keys_of("panel.orders") == (("Ctrl+3",),)
    assert "at line 2" in keys.problems[0].sentence


def test_a_misspelled_key_keeps_the_shipped_one_and_says_why() -> None:
    keys = load('panel.orders = "Ctrl+Orders"\norder.quick_buy = 7\n')
    assert keys.keys_of("panel.orders") == (("Ctrl+3",),)
    assert keys.keys_of("order.quick_buy") == (("F2",),)
    assert [problem.sentence for problem in keys.problems] == [
        "Your key file, line 2: a key is written as text in quotes. The shipped key of order.quick_buy stays.",
        "Your key file, line 1: 'Orders' is not the name of a key. The shipped key of panel.orders stays.",
    ]


def test_lines_under_a_heading_are_found_too() -> None:
    keys = load('[order]\n"quick_buy" = "F9"\nquick_sell = "F9"\n')
    assert keys.keys_of("order.quick_buy") == ()
    assert "line 2" in keys.problems[0].sentence
    assert "line 3" in keys.problems[0].sentence


def test_a_bare_letter_that_sends_is_warned_about() -> None:
    keys = load('order.quick_buy = "Q"\n')
    assert keys.keys_of("order.quick_buy") == (("Q",),)
    assert "one bare key" in keys.problems[0].sentence


def test_spellings_of_one_press_are_one() -> None:
    assert parse_sequence("shift+CTRL+x") == parse_sequence("Ctrl+Shift+X") == ("Ctrl+Shift+X",)
    assert parse_sequence("Ctrl+Del") == ("Ctrl+Delete",)
    assert parse_sequence("Enter") == ("Return",)
    assert parse_sequence("Ctrl++") == ("Ctrl++",)
    assert parse_sequence("+") == ("+",)
    assert parse_sequence("Ctrl+,") == ("Ctrl+,",)
    assert parse_sequence("Ctrl+K, Ctrl+,") == ("Ctrl+K", "Ctrl+,")
    assert split_press("Ctrl++") == (frozenset({"Ctrl"}), "+")


@given(st.text(max_size=200))
def test_no_own_text_can_break_the_start(own: str) -> None:
    keys = load(own)
    assert isinstance(keys, KeyMap)
    for problem in keys.problems:
        assert problem.sentence.endswith(".")


@given(st.lists(st.sampled_from(["Ctrl", "Alt", "Shift", "Meta"]), unique=True), st.sampled_from("ABZ19+-,.=F"))
def test_what_is_displayed_can_be_typed_into_the_file(modifiers: list[str], key: str) -> None:
    sequence = parse_sequence("+".join([*modifiers, key]))
    assert parse_sequence(display(sequence)) == sequence
