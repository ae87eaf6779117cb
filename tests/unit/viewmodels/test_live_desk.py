"""The live desk needs a live connection and two words; neither alone opens it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from legend_desktop.domain.enums import TradingMode
from legend_desktop.viewmodels.live_desk import LiveDeskViewModel
from tests.fakes.connections import ConnectionWorld, MemoryProfiles, alpaca_profile


@asynccontextmanager
async def a_card(
    *live: str, mode: TradingMode = TradingMode.PAPER
) -> AsyncIterator[tuple[LiveDeskViewModel, list[str]]]:
    rows = [alpaca_profile(name, mode=TradingMode.LIVE, number=f"A{name}") for name in live]
    world = ConnectionWorld(mode, MemoryProfiles(*rows, alpaca_profile("paper1")))
    await world.load()
    model = LiveDeskViewModel(world.connections, lambda broker: broker.value.title())
    wanted: list[str] = []
    model.wanted.connect(wanted.append)
    yield model, wanted
    await world.stop()


async def test_without_a_live_account_no_words_open_it() -> None:
    async with a_card() as (model, wanted):
        model.open()
        model.type_words("real money")
        model.confirm()
        assert wanted == []
        assert "No live account is connected" in model.missing


@pytest.mark.parametrize("words", ["", "real", "real money!", "realmoney", "yes"])
async def test_other_words_do_not_open_it(words: str) -> None:
    async with a_card("one") as (model, wanted):
        model.open()
        model.type_words(words)
        model.confirm()
        assert not model.ready
        assert wanted == []


@pytest.mark.parametrize("words", ["real money", " Real  MONEY "])
async def test_the_words_open_the_only_account(words: str) -> None:
    async with a_card("one") as (model, wanted):
        model.open()
        model.type_words(words)
        model.confirm()
        assert wanted == ["one"]
        assert not model.is_open
        model.confirm()
        assert wanted == ["one"]


async def test_of_several_accounts_one_is_chosen() -> None:
    async with a_card("one", "two") as (model, wanted):
        model.open()
        model.type_words("real money")
        model.confirm()
        assert wanted == []
        assert model.missing == "Choose the live account to begin with."
        model.choose("paper1")
        assert not model.ready
        model.choose("two")
        model.confirm()
        assert wanted == ["two"]


async def test_the_words_are_asked_anew_each_time() -> None:
    async with a_card("one") as (model, _):
        model.open("one")
        model.type_words("real money")
        model.close()
        model.open("one")
        assert not model.ready
        assert model.typed == ""


async def test_a_live_desk_offers_no_way_to_itself() -> None:
    async with a_card("one", mode=TradingMode.LIVE) as (model, _):
        model.open()
        assert not model.is_open
        assert model.choices == ()
