"""A delivery whose every private value is unmistakable, and a search for them.

What a run writes outside `restricted/` and what it says anywhere is gathered and searched.
"""

import io
import json
import logging
import re
import traceback
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from small_delivery import SmallDelivery

PERSONS = 48
# A made-up number with a valid date and both control digits right; it belongs to nobody.
IDENTITY_NUMBER = "01010750160"
_DEATH = ("2018-11-23", "23.11.2018", "20181123")
_PATTERNS = [
    re.compile(re.escape(text).encode(), re.IGNORECASE)
    for text in ("CANARY", IDENTITY_NUMBER, *_DEATH)
]


def build_canary_delivery() -> SmallDelivery:
    """Make a delivery of some dozen persons with canaries for keys, texts and a death date.

    Every third person is treated; benefits differ, so that estimates can be made.
    """
    delivery = SmallDelivery()
    delivery.tables |= {
        "institutions.csv": "institution",
        "employment.csv": "employment",
        "measures.csv": "nav_measure",
        "residence.csv": "residence",
    }
    persons = range(PERSONS)
    delivery.lines = {
        "contacts.csv": [
            "lopenr;npkid;sector;omsorgsniva;inndato;utdato;debitor;tilstand_1_1;institusjonsid",
            *(
                f"{npr(p)};CANARYCON{p:04};{sector};3;2012-0{3 + p % 4}-{1 + p % 25:02}"
                f";2012-0{3 + p % 4}-{1 + p % 25:02};{'20' if p % 3 == 0 else '1'};M545;100100"
                for p in persons
                for sector in ["SOM" if p < PERSONS // 2 else "PHV"]
            ),
        ],
        "benefits.csv": [
            "nav_lopenr;ytelse;fom;tom;grad;arbeidsforhold_id",
            *(
                f"{nav(p)};SP;2012-02-{1 + p % 20:02};2012-{7 + p % 5:02}-10;100;CANARYJOB{p:04}"
                for p in persons
            ),
            *(f"{nav(p)};AAP;2012-12-01;2013-0{1 + p % 6}-20;100;" for p in persons[::2]),
        ],
        "persons.csv": [
            "ssb_lopenr;kjonn;foedselsaar;doddato",
            *(
                f"{ssb(p)};{1 + p % 2};19{70 + p % 3};{_DEATH[0] if p == 5 else ''}"
                for p in persons
            ),
        ],
        "education.csv": [
            "ssb_lopenr;aargang;nus2000",
            *(f"{ssb(p)};2006;401101" for p in persons),
        ],
        "link.csv": [
            "npr_lopenr;nav_lopenr;ssb_lopenr",
            *(f"{npr(p)};{nav(p)};{ssb(p)}" for p in persons),
        ],
        "institutions.csv": ["institution_id;hf_code;name", "100100;1;Sykehuset"],
        "employment.csv": [
            "ssb_id;employer_id;start_date;end_date",
            *(f"{ssb(p)};CANARYEMP{p:04};2008-01-01;" for p in persons),
        ],
        "measures.csv": [
            "nav_id;measure_code;start_date;end_date;provider_id",
            *(f"{nav(p)};ARBTREN;2013-01-01;2013-02-01;1" for p in persons[:5]),
        ],
        "residence.csv": [
            "ssb_id;year;municipality_code",
            *(f"{ssb(p)};2011;0301" for p in persons),
        ],
    }
    return delivery


def npr(person: int) -> str:
    """Return the pseudonym of a person in NPR."""
    return f"CANARYNPR{person:04}"


def nav(person: int) -> str:
    """Return the pseudonym of a person at NAV."""
    return f"CANARYNAV{person:04}"


def ssb(person: int) -> str:
    """Return the pseudonym of a person at SSB."""
    return f"CANARYSSB{person:04}"


@dataclass
class Traces:
    """All that a run leaves behind or says, by where it was found.

    Attributes:
        folders: Searched whole, but for `restricted/`.
        said: Name of a channel -> what was said there.
    """

    folders: list[Path]
    said: dict[str, list[str]] = field(default_factory=dict)

    def add(self, channel: str, text: str) -> None:
        """Keep what was said."""
        self.said.setdefault(channel, []).append(text)

    def add_record(self, record: logging.LogRecord) -> None:
        """Keep a log record with its arguments, its extras and its traceback."""
        text = record.getMessage() + repr(
            {k: v for k, v in vars(record).items() if k != "exc_info"}
        )
        if record.exc_info and record.exc_info[1]:
            text += "".join(traceback.format_exception(record.exc_info[1]))
        self.add("log", text)

    def find(self) -> list[str]:
        """Return each place that holds a canary."""
        found = [
            f"{channel}: ...{_around(text.encode())}..."
            for channel, texts in self.said.items()
            for text in texts
            if _around(text.encode())
        ]
        for path, content in self._files():
            around = _around(str(path).encode()) or next(
                (hit for part in _readings(content) if (hit := _around(part))), ""
            )
            if around:
                found.append(f"{path}: ...{around}...")
        return found

    def files(self) -> list[Path]:
        """Return the files that are searched."""
        return [path for path, _ in self._files()]

    def _files(self) -> Iterator[tuple[Path, bytes]]:
        for folder in self.folders:
            for path in sorted(folder.rglob("*")):
                is_restricted = "restricted" in path.relative_to(folder).parts
                if path.is_file() and not is_restricted:
                    yield path, path.read_bytes()


def _around(data: bytes) -> str:
    for pattern in _PATTERNS:
        hit = pattern.search(data)
        if hit:
            return repr(data[max(0, hit.start() - 60) : hit.end() + 20])
    return ""


def _readings(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file in every way that they can be read."""
    yield data
    # UTF-16, as some programs on Windows write.
    yield data.replace(b"\0", b"")
    if data[:4] == b"PAR1":
        yield from _parquet(data)
    elif data[:2] == b"\x1f\x8b":
        yield from _readings(zlib.decompress(data, wbits=31))
    elif data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _readings(archive.read(name))


def _parquet(data: bytes) -> Iterator[bytes]:
    table = pq.read_table(pa.BufferReader(data))
    yield repr(table.schema.metadata).encode()
    yield json.dumps(table.to_pydict(), default=str, ensure_ascii=False).encode()


def show_event(entry: Any) -> str:
    """Write a Dagster event with all that Dagster would store of it."""
    return f"{entry.to_json()} {entry!r} {_error_text(entry)}"


def _error_text(entry: Any) -> str:
    data = getattr(entry.dagster_event, "event_specific_data", None)
    error = getattr(data, "error", None)
    return "" if error is None else error.to_string()
