"""Connecting a broker: what is asked for, what the doctor says, and what is saved or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from legend_desktop.brokers.health_check import Health, HealthCheck
from legend_desktop.domain.enums import BrokerType, TradingMode
from legend_desktop.viewmodels.add_broker import AddBrokerViewModel
from legend_desktop.viewmodels.connection_words import Tone
from tests.fakes.connections import BAD_CHECKS, KEYS, ConnectionWorld, MemoryProfiles, alpaca_profile


@asynccontextmanager
async def a_dialog(
    *profiles: str, mode: TradingMode = TradingMode.PAPER, prefer_live: bool = False
) -> AsyncIterator[tuple[ConnectionWorld, AddBrokerViewModel]]:
    rows = [alpaca_profile(name) for name in profiles]
    world = ConnectionWorld(mode, MemoryProfiles(*rows))
    await world.load()
    model = AddBrokerViewModel(world.connections, world.clock, world.supervisor, prefer_live=prefer_live)
    try:
        yield world, model
    finally:
        model.close()
        await world.stop()


def missing(model: AddBrokerViewModel) -> tuple[str, ...]:
    return model.missing


def type_keys(model: AddBrokerViewModel, **values: str) -> None:
    for name, text in {**KEYS, **values}.items():
        model.set_value(name, text)


async def test_paper_is_preselected_unless_the_settings_say_live() -> None:
    async with a_dialog() as (_, model):
        model.open()
        assert not model.live
    async with a_dialog(prefer_live=True) as (_, model):
        model.open()
        assert model.live
        assert "live desk opens it" in model.mode_note
    async with a_dialog(mode=TradingMode.LIVE) as (_, model):
        model.open()
        assert model.live
        assert "connected at once" in model.mode_note


async def test_what_is_missing_is_named_and_nothing_can_be_checked() -> None:
    async with a_dialog() as (world, model):
        model.open(BrokerType.ALPACA)
        assert model.missing == ("API key id", "secret key")
        model.check()
        model.connect_broker()
        assert not model.busy
        model.set_value("api_key", "  ")
        assert "API key id" in model.missing
        type_keys(model)
        assert missing(model) == ()
        assert model.can_check
        assert world.examined == []


async def test_a_check_saves_nothing_and_says_what_it_comes_to() -> None:
    async with a_dialog() as (world, model):
        model.open()
        type_keys(model, api_key=" PKGOOD ")
        model.check()
        assert model.busy == "Checking"
        await world.settle()
        assert world.examined == [(TradingMode.PAPER, KEYS)]
        assert model.checked
        assert model.verdict is not None
        assert model.verdict.tone is Tone.SOON
        assert world.profiles.rows == []


async def test_the_first_thing_that_is_wrong_is_the_verdict() -> None:
    async with a_dialog() as (world, model):
        world.checks = (*BAD_CHECKS, HealthCheck("Clock", Health.BAD, "The clock is off.", "Set the clock."))
        model.open()
        type_keys(model)
        model.check()
        await world.settle()
        assert model.verdict is not None
        assert (model.verdict.tone, model.verdict.sentence) == (Tone.BAD, "Make a new paper key.")


async def test_findings_are_forgotten_with_the_values_they_were_about() -> None:
    async with a_dialog() as (world, model):
        model.open()
        type_keys(model)
        model.check()
        await world.settle()
        model.set_value("api_secret", "another")
        assert model.checks == ()
        assert model.verdict is None
        model.check()
        await world.settle()
        model.choose_mode(live=True)
        assert model.checks == ()


async def test_connecting_saves_the_account_and_forgets_what_was_typed() -> None:
    async with a_dialog() as (world, model):
        saved: list[str] = []
        model.saved.connect(saved.append)
        model.open()
        type_keys(model, feed="iex")
        model.set_label("My Alpaca")
        model.connect_broker()
        await world.settle()
        (profile,) = world.profiles.rows
        assert saved == [profile.id]
        assert (profile.label, profile.account_id, profile.mode) == ("My Alpaca", "PA34417", TradingMode.PAPER)
        assert dict(profile.options) == {"feed": "iex"}
        assert world.connections.session(profile.id) is not None
        assert KEYS["api_secret"] in world.hidden
        assert not model.is_open
        model.open()
        assert model.missing == ("API key id", "secret key")


async def test_a_live_account_is_saved_from_paper_but_not_opened() -> None:
    async with a_dialog() as (world, model):
        model.open()
        model.choose_mode(live=True)
        type_keys(model)
        model.connect_broker()
        await world.settle()
        assert world.profiles.rows[0].mode is TradingMode.LIVE
        assert world.connections.sessions == ()


async def test_a_refusal_keeps_the_dialog_and_what_was_typed() -> None:
    async with a_dialog() as (world, model):
        model.open()
        type_keys(model, api_key="PKWRONG")
        model.connect_broker()
        await world.settle()
        assert model.problem == "Alpaca refuses these keys. Make a new key and copy both parts."
        assert model.is_open
        assert model.can_check
        assert world.vault.kept == {}


async def test_a_list_that_cannot_be_written_is_said() -> None:
    async with a_dialog() as (world, model):
        world.profiles.broken = True
        model.open()
        type_keys(model)
        model.connect_broker()
        await world.settle()
        assert "cannot be written" in model.problem


async def test_the_same_account_twice_is_refused() -> None:
    async with a_dialog("alpaca1") as (world, model):
        model.open()
        type_keys(model)
        model.connect_broker()
        await world.settle()
        assert "connected already, as Alpaca" in model.problem


async def test_closing_ends_a_check_that_runs() -> None:
    async with a_dialog() as (world, model):
        model.open()
        type_keys(model)
        model.check()
        model.close()
        await world.settle()
        assert model.checks == ()
        assert not model.busy
        assert world.supervisor.names == []


async def test_new_keys_take_the_place_of_the_old_for_the_same_account_only() -> None:
    async with a_dialog("alpaca1") as (world, model):
        world.numbers["PKNEW"] = "PA34417"
        profile = world.connections.profile("alpaca1")
        model.open_renewal(profile)
        assert model.title == "New keys for Alpaca"
        assert {row.name for row in model.fields} == {"api_key", "api_secret"}
        model.choose_mode(live=True)
        assert not model.live
        type_keys(model, api_key="PKOTHER")
        model.connect_broker()
        await world.settle()
        assert "another account" in model.problem
        assert world.vault.kept["alpaca1", "api_key"].reveal() == KEYS["api_key"]
        type_keys(model, api_key="PKNEW")
        model.connect_broker()
        await world.settle()
        assert not model.is_open
        assert world.vault.kept["alpaca1", "api_key"].reveal() == "PKNEW"
        assert world.profiles.rows[0].keys_written_at == world.connections.profile("alpaca1").keys_written_at
        assert replace(world.profiles.rows[0], keys_written_at=profile.keys_written_at) == profile
