"""The spool keeps every whole record, in order, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legend_desktop.domain.errors import StoreError
from legend_desktop.store.batch import Batch
from legend_desktop.store.spool import Spool
from tests.unit.store.samples import created, filled


@contextmanager
def a_spool(path: Path, taken: str = "", size: int = 20_000) -> Iterator[Spool]:
    spool = Spool(path, size)
    spool.open(taken)
    try:
        yield spool
    finally:
        spool.close()


def batches(count: int) -> list[Batch]:
    return [Batch(events=(created("LPT1A"), filled("LPT1A", f"e{number}", 1))) for number in range(count)]


def test_what_is_appended_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "paper.spool"
    with a_spool(path) as spool:
        for batch in batches(3):
            spool.append(batch)
        assert list(spool.pending) == batches(3)
    with a_spool(path) as spool:
        assert list(spool.pending) == batches(3)
        spool.append(batches(1)[0])
    with a_spool(path) as spool:
        assert list(spool.pending) == batches(3) + batches(1)


def test_it_is_allocated_beforehand_and_grows_where_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "paper.spool"
    with a_spool(path) as spool:
        spool.allocate()
        assert path.stat().st_size == 20_000
        for batch in batches(30):
            spool.append(batch)
        assert path.stat().st_size > 20_000
    with a_spool(path) as spool:
        assert len(spool.pending) == 30


def test_cleared_records_never_come_back(tmp_path: Path) -> None:
    path = tmp_path / "paper.spool"
    with a_spool(path) as spool:
        for batch in batches(5):
            spool.append(batch)
        spool.clear()
        assert spool.pending == ()
        spool.append(batches(1)[0])
    with a_spool(path) as spool:
        assert list(spool.pending) == batches(1), "records of an older generation follow the new one in the file"


def test_a_generation_that_the_journal_has_is_cleared_when_opened(tmp_path: Path) -> None:
    path = tmp_path / "paper.spool"
    with a_spool(path) as spool:
        spool.append(batches(1)[0])
        mark = spool.mark
    with a_spool(path, taken=mark) as spool:
        assert spool.pending == ()
        assert spool.mark != mark


@given(cut=st.integers(0, 6000), garbage=st.binary(max_size=40))
def test_a_torn_end_costs_only_the_torn_record(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes
) -> None:
    path = tmp_path_factory.mktemp("spool") / "paper.spool"
    wanted = batches(4)
    ends = []
    with a_spool(path) as spool:
        for batch in wanted:
            spool.append(batch)
            ends.append(path.stat().st_size)
    path.write_bytes(path.read_bytes()[:cut] + garbage)
    with a_spool(path) as spool:
        whole = sum(end <= cut for end in ends)
        assert list(spool.pending)[:whole] == wanted[:whole]
        assert len(spool.pending) <= len(wanted)
        spool.append(wanted[0])
    with a_spool(path) as spool:
        assert spool.pending[-1] == wanted[0]


@given(at=st.integers(0, 3000), flip=st.integers(1, 255))
def test_a_changed_byte_never_brings_a_changed_record(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("spool") / "paper.spool"
    wanted = batches(3)
    with a_spool(path) as spool:
        for batch in wanted:
            spool.append(batch)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= flip
    path.write_bytes(bytes(data))
    with a_spool(path) as spool:
        assert list(spool.pending) == wanted[: len(spool.pending)]


def test_two_processes_do_not_share_a_spool(tmp_path: Path) -> None:
    path = tmp_path / "paper.spool"
    with a_spool(path) as first, a_spool(path) as second:
        assert first.path.name == "paper.spool"
        assert second.path.name == "paper-2.spool"
        second.append(batches(1)[0])
        assert first.pending == ()


def test_a_closed_spool_says_so(tmp_path: Path) -> None:
    with a_spool(tmp_path / "paper.spool") as spool:
        pass
    with pytest.raises(StoreError, match="closed"):
        spool.append(batches(1)[0])


def test_a_spool_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be kept in"):
        Spool(tmp_path / "file" / "paper.spool", 100).open("")
