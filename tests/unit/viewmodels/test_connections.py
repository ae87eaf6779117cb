"""The Connections screen's state: rows in words, the chosen one's detail, and what a person asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from legend_desktop.brokers.alpaca.login import LOGIN_FORM
from legend_desktop.brokers.line_facts import LineFacts
from legend_desktop.brokers.simulator.abilities import capabilities_of
from legend_desktop.brokers.simulator.config import SimulatorConfig
from legend_desktop.domain.enums import OrderType, TradingMode
from legend_desktop.domain.events import Notice, NoticeLevel
from legend_desktop.services.account_session import SessionState
from legend_desktop.services.connections import SIMULATOR_ID
from legend_desktop.viewmodels.connection_choice import ConnectionDetail
from legend_desktop.viewmodels.connection_words import (
    Tone,
    answer_words,
    days_words,
    login_words,
    offset_words,
    requests_words,
)
from legend_desktop.viewmodels.connections import ConnectionsViewModel
from tests.fakes.clock import START
from tests.fakes.connections import BAD_CHECKS, ConnectionWorld, MemoryProfiles, alpaca_profile, busy_line


@asynccontextmanager
async def a_screen(
    *profiles: str, mode: TradingMode = TradingMode.PAPER, days_old: float = 12
) -> AsyncIterator[tuple[ConnectionWorld, ConnectionsViewModel]]:
    """The simulator traded where the mode is paper, and saved connections by name: ``paper``, ``live``."""
    rows = [
        alpaca_profile(f"alpaca-{name}", mode=TradingMode(name), number=f"PA0{place}4417", days_old=days_old)
        for place, name in enumerate(profiles)
    ]
    world = ConnectionWorld(mode, MemoryProfiles(*rows))
    await world.load()
    if mode is TradingMode.PAPER:
        await world.trade()
    able = capabilities_of(SimulatorConfig())
    model = ConnectionsViewModel(
        world.connections,
        world.clock,
        world.supervisor,
        capabilities=lambda: {"Simulator": able},
        name_of=lambda broker: broker.value.title(),
    )
    try:
        yield world, model
    finally:
        model.dispose()
        await world.stop()


def detail_of(model: ConnectionsViewModel, profile_id: str) -> ConnectionDetail:
    model.choose(profile_id)
    detail = model.detail()
    assert detail is not None
    return detail


async def test_the_simulator_alone_is_ready_and_says_that_nothing_else_is_there() -> None:
    async with a_screen() as (_, model):
        (line,) = model.lines()
        assert (line.title, line.state.text, line.login.text) == ("Simulator, SIM-0001", "Ready", "none needed")
        assert line.current
        assert model.only_simulator
        assert model.ready_words() == "1 of 1 ready"
        detail = model.detail()
        assert detail is not None
        facts = {fact.label: fact.value.text for fact in detail.facts}
        assert facts["Hosts allowed"] == "none, nothing leaves this computer"
        assert "Secrets" not in facts
        assert not detail.can_disconnect
        assert not detail.can_remove
        assert not detail.can_test


async def test_a_line_in_use_tells_its_figures() -> None:
    async with a_screen("paper") as (world, model):
        await world.open("alpaca-paper")
        world.line("alpaca-paper", busy_line(world.clock))
        line = model.lines()[1]
        told = [word.text for word in (line.answer, line.orders, line.quotes, line.clock, line.requests)]
        assert told == ["41 / 118 ms", "0.2 s", "0.1 s", "+14 ms", "184 of 200"]
        assert (line.account, line.state.text, line.login.text) == ("ending 4417", "Ready", "keys 12 days old")
        assert line.reconciled.text == "10:00:00"
        detail = detail_of(model, "alpaca-paper")
        assert [(row.name, row.cut_after, row.blind) for row in detail.streams] == [
            ("Orders", "30 s", "0"),
            ("Quotes", "10 s", "0"),
        ]


async def test_a_silent_stream_is_said_and_loses_nothing_else() -> None:
    async with a_screen("paper") as (world, model):
        await world.open("alpaca-paper")
        world.line("alpaca-paper", busy_line(world.clock, silent=True))
        line = model.lines()[1]
        assert (line.state.text, line.state.tone) == ("Silent", Tone.UNSURE)
        assert line.meaning == "Order stream silent for 32 s"
        assert line.orders.text == "32 s ago"
        assert detail_of(model, "alpaca-paper").streams[0].silent


async def test_a_closed_connection_shows_no_figure_and_can_be_opened() -> None:
    async with a_screen("paper") as (world, model):
        line = model.lines()[1]
        assert (line.state.text, line.answer.text, line.requests.text) == ("Not connected", "—", "—")
        detail = detail_of(model, "alpaca-paper")
        assert detail.can_connect
        assert not detail.can_reconnect
        assert detail.streams == ()
        model.connect_chosen()
        await world.settle()
        assert model.lines()[1].state.text == "Ready"
        assert not detail_of(model, "alpaca-paper").can_connect


async def test_missing_keys_are_a_sentence_and_not_a_fault() -> None:
    async with a_screen("paper") as (world, model):
        world.vault.kept.clear()
        model.choose("alpaca-paper")
        model.connect_chosen()
        await world.settle()
        assert "not in the key store" in detail_of(model, "alpaca-paper").going_on.said
        assert detail_of(model, "alpaca-paper").going_on.busy == ""


async def test_old_keys_are_named_with_their_age() -> None:
    async with a_screen("paper", days_old=201) as (_, model):
        assert model.lines()[1].login.text == "keys 201 days old, renew them"
        detail = detail_of(model, "alpaca-paper")
        assert detail.trouble is not None
        assert detail.trouble.title == "These keys are 201 days old. Renew them."
        assert detail.life is not None
        assert detail.life.over
        assert detail.life.part > 1


async def test_a_refused_login_says_what_it_means_for_resting_orders() -> None:
    async with a_screen("paper") as (world, model):
        session = await world.open("alpaca-paper")
        session.state, session.problem = SessionState.LOGIN_NEEDED, "Alpaca refuses the key."
        assert model.lines()[1].state.tone is Tone.BAD
        trouble = detail_of(model, "alpaca-paper").trouble
        assert trouble is not None
        assert "What rests at Alpaca keeps working" in trouble.text


async def test_disconnecting_is_asked_in_place_and_only_then_done() -> None:
    async with a_screen("paper") as (world, model):
        await world.open("alpaca-paper")
        model.choose("alpaca-paper")
        model.ask_disconnect()
        question = detail_of(model, "alpaca-paper").going_on.question
        assert question is not None
        assert question.title == "Disconnect Alpaca, ending 4417?"
        model.answer(False)
        await world.settle()
        assert world.connections.session("alpaca-paper") is not None
        model.ask_disconnect()
        model.answer(True)
        await world.settle()
        assert world.connections.session("alpaca-paper") is None


async def test_a_question_lapses_with_another_choice() -> None:
    async with a_screen("paper") as (world, model):
        model.choose("alpaca-paper")
        model.ask_remove()
        model.choose(SIMULATOR_ID)
        model.answer(True)
        await world.settle()
        assert len(model.lines()) == 2


async def test_removing_takes_the_keys_along() -> None:
    async with a_screen("paper") as (world, model):
        model.choose("alpaca-paper")
        model.ask_remove()
        model.answer(True)
        await world.settle()
        assert [line.id for line in model.lines()] == [SIMULATOR_ID]
        assert world.vault.kept == {}
        assert model.chosen == SIMULATOR_ID


async def test_the_traded_account_offers_neither_disconnect_nor_remove() -> None:
    async with a_screen("paper") as (world, model):
        await world.trade("alpaca-paper")
        detail = detail_of(model, "alpaca-paper")
        assert not detail.can_disconnect
        assert not detail.can_remove
        assert not detail.can_trade
        model.ask_disconnect()
        assert detail_of(model, "alpaca-paper").going_on.question is None


async def test_another_account_is_asked_for_and_may_be_the_default() -> None:
    async with a_screen("paper") as (world, model):
        model.choose("alpaca-paper")
        model.trade_chosen()
        await world.settle()
        assert world.choices == ["alpaca-paper"]
        model.make_default()
        assert world.defaults == ["alpaca-paper"]
        assert not detail_of(model, "alpaca-paper").can_default


async def test_reconcile_all_compares_each_open_account() -> None:
    async with a_screen("paper") as (world, model):
        await world.open("alpaca-paper")
        before = [session.reconciled for session in world.connections.sessions]
        await world.clock.advance(1)
        model.reconcile_all()
        await world.settle()
        after = [session.reconciled for session in world.connections.sessions]
        assert all(
            new is not None and old is not None and new.at > old.at for old, new in zip(before, after, strict=True)
        )


async def test_the_doctor_tells_its_findings_one_by_one() -> None:
    async with a_screen("paper") as (world, model):
        world.checks = BAD_CHECKS
        model.choose("alpaca-paper")
        seen: list[int] = []
        model.changed.connect(lambda: seen.append(len(detail_of(model, "alpaca-paper").going_on.checks)))
        model.test_chosen()
        assert detail_of(model, "alpaca-paper").going_on.checking
        await world.settle()
        detail = detail_of(model, "alpaca-paper")
        assert not detail.going_on.checking
        assert [row.tone for row in detail.going_on.checks] == [Tone.GOOD, Tone.BAD, Tone.QUIET]
        assert detail.going_on.checks[1].advice == "Make a new paper key."
        assert {1, 2, 3} <= set(seen)


async def test_live_connections_are_shown_on_paper_but_never_opened() -> None:
    async with a_screen("live") as (world, model):
        line = model.lines()[1]
        assert line.foreign
        assert line.state.text == "Real money"
        detail = detail_of(model, "alpaca-live")
        assert not any((detail.can_connect, detail.can_trade, detail.can_disconnect, detail.can_test))
        model.connect_chosen()
        await world.settle()
        assert world.connections.session("alpaca-live") is None
        assert "no longer there" in detail_of(model, "alpaca-live").going_on.said
        assert not model.only_simulator


async def test_back_to_paper_is_asked_first() -> None:
    async with a_screen("live", mode=TradingMode.LIVE) as (_, model):
        wanted: list[tuple[str, str]] = []
        model.mode_wanted.connect(lambda profile_id, mode: wanted.append((profile_id, mode)))
        model.ask_paper()
        assert wanted == []
        model.answer(True)
        assert wanted == [("", "paper")]


async def test_what_happened_names_each_account_once() -> None:
    async with a_screen("paper") as (world, model):
        session = await world.open("alpaca-paper")
        own = world.connections.session(SIMULATOR_ID)
        assert own is not None
        told = Notice(START, NoticeLevel.WARNING, "Connection", "The order stream was silent.")
        session.bus.publish(told)
        own.bus.publish(replace(told, sentence=f"Alpaca: {told.sentence}"))
        own.bus.publish(Notice(START, NoticeLevel.GOOD, "Orders", "Bought 116 AAPL."))
        rows = model.happened()
        assert [(row.who, row.sentence) for row in rows] == [("Alpaca", "The order stream was silent.")]


async def test_what_was_said_before_the_window_is_there() -> None:
    async with a_screen("paper") as (_, model):
        model.recall(
            [
                Notice(START, NoticeLevel.WARNING, "Connection", "Alpaca: no answer."),
                Notice(START, NoticeLevel.INFO, "Orders", "Alpaca: something else."),
                Notice(START + timedelta(seconds=1), NoticeLevel.INFO, "Connection", "You trade on the simulator."),
            ]
        )
        assert [(row.who, row.sentence) for row in model.happened()] == [
            ("", "You trade on the simulator."),
            ("Alpaca", "no answer."),
        ]


async def test_abilities_are_what_the_adapters_declare() -> None:
    async with a_screen("paper") as (world, model):
        await world.open("alpaca-paper")
        names, lines = model.abilities()
        assert names == ("Simulator", "Alpaca")
        rows = {line.name: [cell.text for cell in line.cells] for line in lines}
        assert rows["Changing an order"] == ["new number", "new number"]
        assert rows["Parts of shares"] == ["none", "none"]
        facts = {fact.label: fact.value.text for fact in detail_of(model, "alpaca-paper").facts}
        assert facts["Login"] == LOGIN_FORM.login_life
        assert model.notes()[0].startswith("Stops go off on")


async def test_a_lacking_order_type_is_named() -> None:
    async with a_screen() as (_, model):
        able = capabilities_of(SimulatorConfig())
        less = replace(able, order_types=able.order_types - {OrderType.STOP_LIMIT}, native_oco=False)
        model._capabilities = lambda: {"Small": less}  # another declaration, as a broker of a later version has
        rows = {line.name: line.cells[0].text for line in model.abilities()[1]}
        assert rows["Market, limit, stop orders"] == "no stop-limit"
        assert rows["Bracket, one-cancels-other"] == "bracket only"


async def test_nothing_is_heard_after_dispose() -> None:
    async with a_screen("paper") as (world, model):
        session = await world.open("alpaca-paper")
        model.dispose()
        seen: list[int] = []
        model.changed.connect(lambda: seen.append(1))
        session.bus.publish(Notice(START, NoticeLevel.INFO, "Connection", "Late."))
        await world.connections.disconnect("alpaca-paper")
        assert seen == []
        assert model.happened() == ()


@pytest.mark.parametrize(
    ("facts", "latency", "words"),
    [
        (LineFacts(answer_p50_ms=41.4, answer_p99_ms=118.2), None, "41 / 118 ms"),
        (LineFacts(), 3.2, "3 ms"),
        (LineFacts(), 0.42, "0.4 ms"),
        (LineFacts(answer_p50_ms=4.0), None, "—"),
    ],
)
def test_answer_times(facts: LineFacts, latency: float | None, words: str) -> None:
    assert answer_words(facts, latency).text == words


@pytest.mark.parametrize(
    ("offset", "words", "tone"),
    [
        (14.2, "+14 ms", Tone.PLAIN),
        (-31.0, "−31 ms", Tone.PLAIN),
        (900.0, "+900 ms", Tone.SOON),
        (-12_340.0, "−12.3 s", Tone.SOON),
        (None, "—", Tone.QUIET),
    ],
)
def test_the_clock_offset_is_marked_where_it_is_large(offset: float | None, words: str, tone: Tone) -> None:
    assert (offset_words(offset).text, offset_words(offset).tone) == (words, tone)


@pytest.mark.parametrize(("left", "tone"), [(40, Tone.PLAIN), (39, Tone.SOON), (0, Tone.SOON)])
def test_few_requests_left_are_marked(left: int, tone: Tone) -> None:
    word = requests_words(LineFacts(requests_left=left, requests_limit=200))
    assert (word.text, word.tone) == (f"{left} of 200", tone)


@pytest.mark.parametrize(
    ("days", "words"), [(0.01, "less than an hour"), (0.5, "12 hours"), (1, "1 day"), (181, "181 days")]
)
def test_ages_of_keys(days: float, words: str) -> None:
    assert days_words(timedelta(days=days)) == words


def test_keys_turn_old_after_half_a_year() -> None:
    assert login_words(alpaca_profile(days_old=180), START).tone is Tone.QUIET
    assert login_words(alpaca_profile(days_old=180.1), START).tone is Tone.SOON
