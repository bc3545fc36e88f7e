"""One delivery of 20,000 persons, shared by the tests of the synthetic registers."""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from synthetic_data.generate import write_delivery

SECTOR_OF_FILE = {"som": "SOM", "phv": "PHV", "tsb": "TSB", "rehab": "ARR"}


@pytest.fixture(scope="session")
def persons() -> int:
    return 20_000


@pytest.fixture(scope="session")
def delivery(persons: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "delivery"
    write_delivery(scenario="sintef", persons=persons, seed=7, out=folder)
    return folder


@pytest.fixture(scope="session")
def truth(delivery: Path) -> list[dict[str, Any]]:
    return pq.read_table(delivery / "truth" / "effects.parquet").to_pylist()


@pytest.fixture(scope="session")
def read_rows(delivery: Path) -> Callable[[str], Iterator[dict[str, str]]]:
    def read(pattern: str) -> Iterator[dict[str, str]]:
        for path in sorted(delivery.glob(pattern)):
            with path.open(encoding="latin-1", newline="") as lines:
                for row in csv.DictReader(lines, delimiter=";"):
                    yield {"file": path.stem, **row}

    return read


@pytest.fixture(scope="session")
def treatment_contacts(
    read_rows: Callable[[str], Iterator[dict[str, str]]],
) -> list[tuple[str, str, date]]:
    """Every usable debitor-20 contact as (npr_id, sector, day)."""
    found = []
    for row in read_rows("npr/*_*.csv"):
        row = {name.lower(): value for name, value in row.items()}
        person = row.get("lnr") or row.get("lopenr")
        if row["debitor"].strip() not in {"20", "020", "20.0"} or row["kontakttype"] == "5":
            continue
        day = parse_day(row["inndato"])
        if person and day:
            found.append((person, SECTOR_OF_FILE[row["file"].split("_")[0]], day))
    return found


def parse_day(text: str) -> date | None:
    style = "%d.%m.%Y" if text[2] == "." else "%Y-%m-%d"
    try:
        return datetime.strptime(text, style).date()
    except ValueError:
        return None
