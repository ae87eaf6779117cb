"""Refusals in one set of words."""

import pytest

from legend_desktop.brokers.errors import OrderRefused
from legend_desktop.brokers.refusals import RefusalReason, advice_for, make_refusal


def test_a_refusal_says_who_why_what_holds_and_what_to_do() -> None:
    error = make_refusal(
        "Alpaca", "price not in increment", RefusalReason.PRICE_INCREMENT, "Use a price in steps of 0.01."
    )
    assert isinstance(error, OrderRefused)
    assert error.sentence == (
        "Alpaca refused the order: 'price not in increment'. Nothing is working. Use a price in steps of 0.01."
    )
    assert (error.code, error.broker_words) == ("price_increment", "price not in increment")


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_every_reason_has_advice_of_its_own(reason: RefusalReason) -> None:
    advice = advice_for(reason)
    assert advice.endswith(".")
    assert [other for other in RefusalReason if advice_for(other) == advice] == [reason]
    assert make_refusal("Alpaca", "no", reason).advice == advice


def test_what_holds_now_is_told_for_changes_cancels_and_duplicates() -> None:
    held = {reason: make_refusal("Alpaca", "no", reason).message for reason in RefusalReason}
    assert held[RefusalReason.NOT_REPLACEABLE] == "Alpaca refused the change: 'no'. The order works unchanged."
    assert held[RefusalReason.NOT_CANCELABLE] == "Alpaca refused the cancel: 'no'. Nothing was cancelled."
    assert held[RefusalReason.DUPLICATE].endswith("An order with this id is already there.")
    assert held[RefusalReason.BUYING_POWER].endswith("Nothing is working.")


def test_long_and_empty_words_make_a_sentence_too() -> None:
    words = "line one\n\tline two " + "x" * 500
    error = make_refusal("Alpaca", words, RefusalReason.OTHER)
    assert error.message.startswith("Alpaca refused the order: 'line one line two xxx")
    assert len(error.message) < 400
    assert error.broker_words == words
    empty = make_refusal("Alpaca", " ", RefusalReason.OTHER)
    assert empty.message == "Alpaca refused the order without a reason. Nothing is working."
