"""A small file that would fill the disk is stopped before it does."""

import gzip
from pathlib import Path

import pytest

from evaluation.deliveries.file_bytes import UnreadableError, read_bytes

MEGABYTE = bytes(1 << 20)
ROWS = b"".join(b"N%06d;2012-03-%02d;M545\n" % (n, n % 28 + 1) for n in range(50_000))


def test_a_bomb_is_stopped_after_a_small_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    with gzip.open(bomb, "wb") as stream:
        for _ in range(200):
            stream.write(MEGABYTE)
    unpacked = 0
    real = gzip.GzipFile.read

    def read(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        nonlocal unpacked
        data = real(self, size)
        unpacked += len(data)
        return data

    monkeypatch.setattr(gzip.GzipFile, "read", read)
    with pytest.raises(UnreadableError, match="deliver it unpacked"):
        read_bytes(bomb)
    assert unpacked < 80 << 20


def test_a_bomb_of_many_members_is_stopped_too(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(MEGABYTE) * 100)
    with pytest.raises(UnreadableError, match="deliver it unpacked"):
        read_bytes(bomb)


@pytest.mark.parametrize("ending", ["GZ", "gz"])
def test_the_case_of_the_ending_makes_no_way_round(ending: str, tmp_path: Path) -> None:
    bomb = tmp_path / f"bomb.csv.{ending}"
    bomb.write_bytes(gzip.compress(MEGABYTE * 64))
    with pytest.raises(UnreadableError):
        read_bytes(bomb)


def test_a_register_of_many_members_is_no_bomb(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress(ROWS) * 3)
    assert read_bytes(file).filled_lines == 150_000


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _cut_last_byte(data: bytes) -> bytes:
    return data[:-1]


def _wrong_sum(data: bytes) -> bytes:
    return data[:-8] + bytes(8)


def _cut_in_second_member(data: bytes) -> bytes:
    return data + data[:-9]


def _not_packed(_data: bytes) -> bytes:
    return ROWS


def _spoilt_in_the_middle(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(64) + data[middle + 64 :]


def _rubbish_after_the_end(data: bytes) -> bytes:
    return data + b"rubbish"


def _header_only(data: bytes) -> bytes:
    return data[:5]


@pytest.mark.parametrize(
    "spoil",
    [
        _cut,
        _cut_last_byte,
        _wrong_sum,
        _cut_in_second_member,
        _not_packed,
        _spoilt_in_the_middle,
        _rubbish_after_the_end,
        _header_only,
    ],
)
def test_a_broken_file_is_told_and_nothing_of_it_is_shown(spoil, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(spoil(gzip.compress(ROWS)))
    with pytest.raises(UnreadableError, match="not a readable gzip file") as caught:
        read_bytes(file)
    assert "N0" not in str(caught.value)
    assert caught.value.__suppress_context__
