"""Bytes depend on scenario, persons, seed and format alone; blocks know nothing of each other."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from synthetic_data.generate import write_delivery
from synthetic_data.pseudonyms import scramble
from synthetic_data.streams import BLOCK_PERSONS, PURPOSES, open_stream

PERSONS = 3 * BLOCK_PERSONS - 15_000
"""Three blocks, the last one not whole."""


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streaming") / "alone"
    write_delivery(scenario="sintef", persons=PERSONS, seed=5, out=folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streaming") / "parquet"
    write_delivery(
        scenario="sintef", persons=PERSONS, seed=5, out=folder, workers=1, file_format="parquet"
    )
    return folder


@pytest.mark.parametrize(("workers", "blocks_at_once"), [(2, 1), (1, 2), (2, 2)])
def test_neither_processes_nor_chunks_change_a_byte(
    workers: int, blocks_at_once: int, alone: Path, tmp_path: Path
) -> None:
    write_delivery(
        scenario="sintef",
        persons=PERSONS,
        seed=5,
        out=tmp_path / "d",
        workers=workers,
        blocks_at_once=blocks_at_once,
    )
    assert digest(tmp_path / "d") == digest(alone)


def test_processes_change_no_byte_of_parquet(parquet: Path, tmp_path: Path) -> None:
    write_delivery(
        scenario="sintef",
        persons=PERSONS,
        seed=5,
        out=tmp_path / "d",
        workers=2,
        file_format="parquet",
    )
    assert digest(tmp_path / "d") == digest(parquet)


def test_both_formats_hold_the_same_cells(alone: Path, parquet: Path) -> None:
    names = sorted(path.relative_to(alone).with_suffix("") for path in alone.rglob("*.csv"))
    assert len(names) > 60
    for name in names:
        columnar = pq.read_table(parquet / name.with_suffix(".parquet"))
        schema = pa.schema([(column, pa.string()) for column in columnar.column_names])
        plain = pa_csv.read_csv(
            alone / name.with_suffix(".csv"),
            read_options=pa_csv.ReadOptions(encoding="latin-1"),
            parse_options=pa_csv.ParseOptions(delimiter=";", quote_char=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=schema, strings_can_be_null=True, null_values=[""]
            ),
        )
        assert columnar.cast(schema).equals(plain.cast(schema)), name


def test_persons_of_a_whole_block_stay_the_same_in_a_larger_population(
    alone: Path, tmp_path: Path
) -> None:
    write_delivery(scenario="sintef", persons=BLOCK_PERSONS, seed=5, out=tmp_path / "d", workers=1)
    for name in ("npr/som_2012.csv", "nav/ytelser_2012.csv", "ssb/faste_oppl.csv"):
        assert (alone / name).read_bytes().startswith((tmp_path / "d" / name).read_bytes())


def test_row_groups_are_large_enough_to_read(parquet: Path) -> None:
    file = pq.ParquetFile(parquet / "npr" / "som_2012.parquet")
    assert file.num_row_groups == 1


def test_streams_differ_by_seed_block_and_purpose() -> None:
    keys = [(1, 0, "persons"), (2, 0, "persons"), (1, 1, "persons"), (1, 0, "courses")]
    draws = {open_stream(*key).random() for key in keys}
    assert len(draws) == len(keys)
    assert len(set(PURPOSES)) == len(PURPOSES)


@pytest.mark.parametrize("digits", [3, 8, 9, 10])
def test_pseudonyms_are_a_permutation(digits: int) -> None:
    positions = np.arange(min(10**digits, 200_000))
    numbers = scramble(positions, digits, seed=4, register=1)
    assert numbers.min() >= 0
    assert numbers.max() < 10**digits
    assert len(np.unique(numbers)) == len(positions)
    assert abs(np.corrcoef(positions, numbers)[0, 1]) < 0.05


def test_registers_have_no_common_order() -> None:
    positions = np.arange(1000)
    first, second = (scramble(positions, 9, seed=4, register=register) for register in (0, 1))
    assert (first == second).mean() < 0.01
