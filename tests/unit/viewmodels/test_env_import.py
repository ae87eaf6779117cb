"""Importing a .env file: names are shown, values never; what is whole is connected, the file may be deleted."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from legend_desktop.domain.enums import TradingMode
from legend_desktop.infra.dotenv_file import read_dotenv
from legend_desktop.infra.setting_catalog import CATALOG
from legend_desktop.viewmodels.connection_words import Tone
from legend_desktop.viewmodels.env_import import EnvFiles, EnvImportViewModel
from tests.fakes.connections import ConnectionWorld

NAMES = {row.name: row.environment for row in CATALOG if row.environment}
WHOLE = "ALPACA_API_KEY=PKGOOD\nALPACA_API_SECRET=hush-hush-secret\n"


def may_delete(model: EnvImportViewModel) -> bool:
    return model.can_delete


def private(path: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    path.write_text(text)
    path.chmod(0o600)


@asynccontextmanager
async def a_dialog(path: Path, text: str | None = WHOLE) -> AsyncIterator[tuple[ConnectionWorld, EnvImportViewModel]]:
    """The dialog opened on a file of ``text``."""
    if text is not None:
        private(path, text)
    world = ConnectionWorld()
    await world.load()
    await world.trade()
    model = EnvImportViewModel(
        world.connections, world.supervisor, EnvFiles(read_dotenv, NAMES, path), lambda broker: broker.value.title()
    )
    model.open()
    await world.settle()
    try:
        yield world, model
    finally:
        model.close()
        await world.stop()


async def test_names_are_taken_and_values_are_nowhere_on_the_screen(tmp_path: Path) -> None:
    text = WHOLE + "DEFAULT_BROKER=alpaca\nHOME_PAGE=x\nTRADESTATION_API_KEY=ts\n"
    async with a_dialog(tmp_path / ".env", text) as (_, model):
        alpaca, other = model.found
        assert alpaca.names == ("ALPACA_API_KEY", "ALPACA_API_SECRET")
        assert alpaca.ready
        assert other.name == "Tradestation"
        assert not other.ready
        assert "cannot be connected in this version" in other.words
        assert model.general_names == ("DEFAULT_BROKER",)
        assert model.ignored == 1
        assert model.verb == "Import 1 of 2"
        assert "hush" not in repr(model.found)
        assert not model.live


async def test_half_a_login_says_what_it_lacks(tmp_path: Path) -> None:
    async with a_dialog(tmp_path / ".env", "ALPACA_API_KEY=PKGOOD\nALPACA_API_SECRET=\n") as (_, model):
        (row,) = model.found
        assert (row.tone, row.words) == (Tone.SOON, "lacks the secret key")
        assert not model.can_import


@pytest.mark.parametrize("word", ["false", "False", "0", "no"])
async def test_the_files_word_only_preselects_live(tmp_path: Path, word: str) -> None:
    async with a_dialog(tmp_path / ".env", f"{WHOLE}BROKER_PAPER_TRADING={word}\n") as (world, model):
        assert model.live
        model.choose_mode(live=False)
        model.import_found()
        await world.settle()
        assert world.profiles.rows[0].mode is TradingMode.PAPER


async def test_live_keys_are_saved_and_nothing_live_is_opened(tmp_path: Path) -> None:
    async with a_dialog(tmp_path / ".env", f"{WHOLE}BROKER_PAPER_TRADING=false\nDEFAULT_BROKER=alpaca\n") as (
        world,
        model,
    ):
        model.import_found()
        await world.settle()
        assert world.profiles.rows[0].mode is TradingMode.LIVE
        assert [row.profile.id for row in world.connections.sessions] == ["simulator"]
        assert world.defaults == []
        assert "saved for the live desk" in model.results[0][1]


async def test_what_is_imported_is_connected_and_may_become_the_default(tmp_path: Path) -> None:
    async with a_dialog(tmp_path / ".env", f"{WHOLE}DEFAULT_BROKER=alpaca\n") as (world, model):
        done: list[str] = []
        model.done.connect(done.append)
        model.import_found()
        await world.settle()
        (profile,) = world.profiles.rows
        assert done == [profile.id]
        assert world.defaults == [profile.id]
        assert world.connections.session(profile.id) is not None
        assert not model.can_import


async def test_refused_keys_leave_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    async with a_dialog(path, WHOLE.replace("PKGOOD", "PKWRONG")) as (world, model):
        model.import_found()
        await world.settle()
        assert model.results[0] == (
            Tone.BAD,
            "Alpaca: Alpaca refuses these keys. Make a new key and copy both parts.",
        )
        assert not model.can_delete
        model.delete_file()
        await world.settle()
        assert path.exists()


async def test_deleting_is_offered_after_the_import_and_claims_no_secure_erase(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    async with a_dialog(path) as (world, model):
        assert not may_delete(model)
        model.import_found()
        await world.settle()
        assert may_delete(model)
        model.delete_file()
        await world.settle()
        assert not path.exists()
        assert "not a secure erase" in model.deleted
        assert not may_delete(model)


@pytest.mark.skipif(os.name != "posix", reason="file modes")
async def test_a_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    async with a_dialog(path) as (world, model):
        assert not model.warnings
        path.chmod(0o644)
        model.read_file(path)
        await world.settle()
        assert "chmod 600" in model.warnings[0]


async def test_no_file_is_a_sentence_and_another_may_be_chosen(tmp_path: Path) -> None:
    async with a_dialog(tmp_path / ".env", None) as (world, model):
        assert "cannot be read" in model.problem
        other = tmp_path / "keys.env"
        other.write_text(WHOLE)
        model.read_file(other)
        await world.settle()
        assert model.problem == ""
        assert model.verb == "Import Alpaca"


async def test_closing_forgets_the_keys(tmp_path: Path) -> None:
    async with a_dialog(tmp_path / ".env") as (_, model):
        model.close()
        assert not model.found
        assert model._values == {}  # what was read must not stay in memory
        assert not model.can_import
