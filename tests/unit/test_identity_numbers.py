import csv
import random
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from evaluation.deliveries.identity_digits import (
    NumberFinder,
    are_identity_numbers,
    judge_cell,
)
from evaluation.deliveries.identity_numbers import refuse_identity_numbers
from evaluation.deliveries.identity_sql import build_identity_number_test
from evaluation.deliveries.inventory import plan_files
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import RunSettings, open_scanner

HEADER = "ssb_id;year;municipality_code;notat"


def control_digit(digits: str, weights: list[int]) -> int | None:
    rest = 11 - sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11
    return {11: 0, 10: None}.get(rest, rest)


def number(date_part: str) -> str:
    """Make up a number of a made-up date: the first serial that has both control digits."""
    for serial in range(500, 1000):
        nine = f"{date_part}{serial}"
        first = control_digit(nine, [3, 7, 6, 1, 8, 9, 4, 5, 2])
        if first is None:
            continue
        second = control_digit(f"{nine}{first}", [5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
        if second is not None:
            return f"{nine}{first}{second}"
    raise AssertionError


def is_identity_number(text: str) -> bool:
    """Say the same as the SQL expression, in plain Python."""
    if len(text) != 11:
        return False
    day, month = int(text[:2]), int(text[2:4])
    right_day = 1 <= day <= 31 or 41 <= day <= 71
    right_month = 1 <= month <= 12 or 41 <= month <= 52
    first = control_digit(text[:9], [3, 7, 6, 1, 8, 9, 4, 5, 2])
    second = control_digit(text[:10], [5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
    return right_day and right_month and first == int(text[9]) and second == int(text[10])


PERSON = number("150399")
EARLY = number("020399")
NUMBERS = {
    "fødselsnummer": PERSON,
    "of day 02": EARLY,
    "D-number": number("550399"),
    "H-number": number("154399"),
    "with a space": f"{PERSON[:6]} {PERSON[6:]}",
    "with a hyphen": f"{PERSON[:6]}-{PERSON[6:]}",
    "in groups": f"{PERSON[:2]} {PERSON[2:4]} {PERSON[4:6]} {PERSON[6:]}",
    "in quotes": f'"{PERSON}"',
    "with spaces around": f" {PERSON} ",
    "in odd groups, with spaces around": f"{PERSON[:7]} {PERSON[7:]}         ",
    "taken for a measurement": f"{PERSON}.0",
    "within a text": f"Pasient {PERSON} ringte",
    "within a text, with a space": f"Pasient {PERSON[:6]} {PERSON[6:]} ringte",
    "within a text, with a hyphen": f"Pasient {PERSON[:6]}-{PERSON[6:]}, ringte",
    "within a text, in groups": f"f. {PERSON[:2]} {PERSON[2:4]} {PERSON[4:6]} {PERSON[6:]}.",
    "after a year": f"2010 {PERSON}",
    "before another number": f"{PERSON} 12",
    "after another number of its shape": f"150300 12345 {PERSON[:6]} {PERSON[6:]}",
    "in brackets": f"Kari ({PERSON})",
    "after a colon": f"fnr:{PERSON}",
    "after an Excel apostrophe": f"'{PERSON}",
    "as an Excel formula": f'="{PERSON}"',
    "in quotes within a text": f'"sa ""{PERSON}"" to ganger"',
    "in a file name": f"brev_{PERSON}_kopi.pdf",
    "after a long text": f"{'Lang tekst. ' * 40}{PERSON}",
    "a day after the first": f"ref. {EARLY}.",
}
INNOCENT = {
    "wrong last control digit": PERSON[:10] + str((int(PERSON[10]) + 1) % 10),
    "wrong first control digit": PERSON[:9] + str((int(PERSON[9]) + 1) % 10) + PERSON[10],
    "impossible day": number("350399"),
    "impossible month": number("151399"),
    "organisation number": "983974899",
    "ten digits": PERSON[1:],
    "twelve digits": PERSON + "0",
    "letters": f"S{PERSON[1:]}",
    "part of a longer key": f"A{PERSON}",
    "decimals of a number": f"0.{PERSON}",
    "decimals after a comma": f"-3,{PERSON}",
    "decimals within a text": f"[0.5, 0.{PERSON}]",
    "part of a longer key within a text": f"nr {PERSON}0 og A{PERSON} og {PERSON}kr",
    "after a Norwegian letter": f"ø{PERSON}",
    "a date and a number": f"{PERSON[:2]}-{PERSON[2:4]}-{PERSON[4:6]} {PERSON[6:]}",
    "a longer number in groups": f"{PERSON[:6]} {PERSON[6:]}1",
}


def scan_files(folder: Path, *names: str) -> None:
    entries = [FileEntry(table="residence", path=name) for name in names]
    spec = DeliverySpec.model_construct(files=tuple(entries), nav_key="nav_id")
    with open_scanner(readable=[folder], settings=RunSettings(threads=1)) as connection:
        refuse_identity_numbers(connection, plan_files(folder, spec))


def scan(folder: Path, **contents: str | pa.Table) -> None:
    names = []
    for stem, content in contents.items():
        is_text = isinstance(content, str)
        path = folder / f"{stem}.{'csv' if is_text else 'parquet'}"
        if is_text:
            path.write_text(content, encoding="utf-8")
        else:
            pq.write_table(content, path)
        names.append(path.name)
    scan_files(folder, *names)


def places(folder: Path, **contents: str | pa.Table) -> list[str]:
    with pytest.raises(DeliveryError) as caught:
        scan(folder, **contents)
    assert caught.value.exit_code == 3
    text = str(caught.value)
    for value in NUMBERS.values():
        assert value.strip() not in text
        assert value.strip()[1:] not in text
    return [problem.split(" holds a national")[0] for problem in caught.value.problems]


@pytest.mark.parametrize("kind", NUMBERS)
def test_an_identity_number_stops_the_load_with_file_column_and_row(
    kind: str, tmp_path: Path
) -> None:
    text = f"{HEADER}\nS1;2010;0301;\n{NUMBERS[kind]};2010;0301;\n"
    assert places(tmp_path, r=text) == ["r.csv: column ssb_id, row 2"]


@pytest.mark.parametrize("kind", INNOCENT)
def test_other_numbers_pass(kind: str, tmp_path: Path) -> None:
    scan(tmp_path, r=f"{HEADER}\n{INNOCENT[kind]};2010;0301;\n")


@pytest.mark.parametrize("kind", [kind for kind in NUMBERS if "quotes" not in kind])
def test_a_text_column_of_parquet_is_judged_as_a_column_of_a_csv_is(
    kind: str, tmp_path: Path
) -> None:
    table = _parquet([None, "x", NUMBERS[kind]], pa.string())
    assert places(tmp_path, r=table) == ["r.parquet: column fnr, row 3"]


def test_a_text_column_of_parquet_may_hold_the_other_numbers(tmp_path: Path) -> None:
    scan(tmp_path, r=_parquet(list(INNOCENT.values()), pa.string()))


def test_a_number_in_a_text_of_a_statistics_file_stops_the_load(tmp_path: Path) -> None:
    texts = ["x", f"Pasient {PERSON} ringte", f"{PERSON}"]
    frame = pd.DataFrame({"ssb_lopenr": "S1", "aar": 2010.0, "kommnr": "0301", "notat": texts})
    for kind, write in (("sav", pyreadstat.write_sav), ("dta", pyreadstat.write_dta)):
        write(frame, str(tmp_path / f"r.{kind}"))
        with pytest.raises(DeliveryError, match=f"r.{kind}: column notat, row 2 holds") as caught:
            scan_files(tmp_path, f"r.{kind}")
        assert PERSON not in str(caught.value)


@pytest.mark.parametrize(
    "cell",
    [
        {"no": "x", "note": f"Pasient {PERSON} ringte"},
        {"no": int(PERSON)},
        [1, 2, int(PERSON)],
        ["x", f"{PERSON[:6]} {PERSON[6:]}"],
        [{"a": {"b": [PERSON]}}],
    ],
)
def test_a_number_within_a_nested_column_stops_the_load(cell: Any, tmp_path: Path) -> None:
    assert places(tmp_path, r=_parquet([None, cell])) == ["r.parquet: column fnr, row 2"]


def test_no_cell_with_a_number_is_missed_by_the_look_at_the_bytes() -> None:
    draw = random.Random(15)  # noqa: S311
    parts = [PERSON, f"{PERSON[:6]} {PERSON[6:]}", f"{EARLY[:6]}-{EARLY[6:]}", PERSON[:6]]
    parts += [
        "1",
        "0",
        "2010",
        " ",
        "  ",
        "-",
        ".",
        ",",
        "'",
        '"',
        "x",
        "ø",
        "\xa0",
        "_",
        "(",
        "\n",
    ]
    held = 0
    for _ in range(20_000):
        cell = "".join(draw.choices(parts, k=draw.randrange(1, 6)))
        if not judge_cell(cell):
            continue
        held += 1
        out = StringIO(newline="")
        csv.writer(out, delimiter=";").writerow([draw.choice(["", "12", "x"]), cell, "2010"])
        line = out.getvalue().encode(draw.choice(["utf-8", "latin-1"]))
        finder, cut = NumberFinder(), draw.randrange(len(line))
        for chunk in (line[:cut], line[cut:]):
            finder.feed(chunk)
        assert finder.is_found, cell
    assert held > 2_000


def test_a_column_that_is_not_mapped_is_scanned_too(tmp_path: Path) -> None:
    text = f"{HEADER}\nS1;2010;0301;\nS2;2010;0301;\nS3;2010;0301;{PERSON}\n"
    assert places(tmp_path, r=text) == ["r.csv: column notat, row 3"]


def test_every_file_and_column_is_told_at_once(tmp_path: Path) -> None:
    first = f"{HEADER}\nS1;2010;0301;\n"
    second = f"{HEADER}\n{PERSON};2010;0301;{EARLY}\n{PERSON};2010;0301;\n"
    assert places(tmp_path, a=first, b=second) == [
        "b.csv: column ssb_id, row 1",
        "b.csv: column notat, row 1",
    ]


def test_the_row_is_the_place_in_the_file_when_lines_before_it_are_no_rows(
    tmp_path: Path,
) -> None:
    text = f"{HEADER}\nS1\nS2;2010;0301;\n\nS3;2010\n{PERSON};2010;0301;\n"
    assert places(tmp_path, r=text) == ["r.csv: column ssb_id, row 4"]


def test_a_line_with_too_many_columns_is_scanned_although_it_is_no_row(tmp_path: Path) -> None:
    text = f"{HEADER}\nS1;2010;0301;\nS2;2010;0301;x;{PERSON}\n"
    assert places(tmp_path, r=text) == ["r.csv: row 2, which has too few or too many columns,"]


@pytest.mark.parametrize("size", [64, 101, 4096])
def test_a_number_across_the_pieces_in_which_a_file_is_read_is_found(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.deliveries.file_bytes._CHUNK_BYTES", size)
    text = f"{HEADER}\n" + "S1;2010;0301;\n" * 400 + f"S2;2010;0301;{PERSON}\n"
    assert places(tmp_path, r=text) == ["r.csv: column notat, row 401"]


def test_a_quote_that_is_never_closed_hides_no_number(tmp_path: Path) -> None:
    text = f'{HEADER}\nS1;2010;"0301;\nS2;2010;0301;{PERSON}\nS3;2010;0301;\n'
    assert places(tmp_path, r=text) == ["r.csv: column notat, row 2"]


def test_a_first_line_that_is_a_row_is_told_without_its_values(tmp_path: Path) -> None:
    text = f"{HEADER[:-5]}{PERSON}\nS1;2010;0301;\n"
    assert places(tmp_path, r=text) == ["r.csv: the first line, column no. 4,"]


def _parquet(values: list[Any], kind: pa.DataType | None = None) -> pa.Table:
    return pa.table(
        {
            "ssb_id": [f"S{i}" for i in range(len(values))],
            "year": [2010] * len(values),
            "municipality_code": ["0301"] * len(values),
            "fnr": pa.array(values, kind),
        }
    )


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.string(), pa.decimal128(20, 0)])
def test_a_parquet_column_is_scanned_whatever_its_type(kind: pa.DataType, tmp_path: Path) -> None:
    value = PERSON if kind == pa.string() else int(PERSON)
    table = pa.table({**{c: _parquet([1, 2])[c] for c in ("ssb_id", "year", "municipality_code")}})
    table = table.append_column("fnr", pa.array([None, value]).cast(kind))
    assert places(tmp_path, r=table) == ["r.parquet: column fnr, row 2"]


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
def test_a_leading_zero_lost_in_a_number_column_hides_nothing(
    kind: pa.DataType, tmp_path: Path
) -> None:
    assert EARLY.startswith("0")
    table = _parquet([None, None, int(EARLY)])
    table = table.set_column(3, "fnr", table["fnr"].cast(kind))
    assert places(tmp_path, r=table) == ["r.parquet: column fnr, row 3"]


def test_ten_digit_pseudonyms_pass_although_a_few_look_like_cut_numbers(tmp_path: Path) -> None:
    values = [9_000_000_000 + i for i in range(200)] + [int(EARLY)]
    scan(tmp_path, r=_parquet(values))


def _eleven_digits(held: int, count: int) -> list[str]:
    others = [f"{80_000_000_000 + i}" for i in range(count - held)]
    return others + [number(f"{day:02d}0699") for day in range(1, held + 1)]


@pytest.mark.parametrize("kind", ["csv", "text", "number"])
@pytest.mark.parametrize(
    ("held", "count", "is_chance"), [(5, 1000, True), (6, 1000, False), (1, 999, False)]
)
def test_pseudonyms_that_pass_by_chance_are_refused_with_what_they_may_be(
    held: int, count: int, is_chance: bool, kind: str, tmp_path: Path
) -> None:
    values = [v for v in _eleven_digits(held + 9, count + 9) if not "01" <= v[:2] <= "09"]
    content: Any = _parquet(values if kind == "text" else [int(v) for v in values])
    if kind == "csv":
        content = HEADER + "".join(f"\n{v};2010;0301;" for v in values) + "\n"
    with pytest.raises(DeliveryError) as caught:
        scan(tmp_path, r=content)
    (told,) = caught.value.problems
    assert f"row {count - held + 1} " in told
    assert not any(value in told for value in values)
    if is_chance:
        assert f"{held:,} among {count:,} eleven-digit values" in told
        assert "Chance gives about 0.12 %" in told
        assert "have a letter put in front of them by the one who delivers" in told
    else:
        assert "Such numbers must never be delivered" in told
        assert "hance" not in told


def test_numbers_that_lost_their_zero_are_no_chance(tmp_path: Path) -> None:
    values = [int(v) for v in [*_eleven_digits(0, 3000), *[number("020399")] * 9]]
    assert places(tmp_path, r=_parquet(values)) == ["r.parquet: column fnr, row 3001"]


def test_sql_bytes_and_plain_python_agree_on_random_numbers() -> None:
    draw = random.Random(20220168)  # noqa: S311
    # Half of them have a right date, so that the control digits are put to the test.
    values = [f"{draw.randrange(10**11):011d}" for _ in range(10_000)]
    values += [
        f"{draw.randrange(1, 32):02d}{draw.randrange(1, 13):02d}{draw.randrange(10**7):07d}"
        for _ in range(10_000)
    ]
    values += [number(f"{day:02d}0699") for day in range(1, 31)]
    with duckdb.connect() as connection:
        held = connection.execute(
            f"select {build_identity_number_test('value')}"
            " from (select unnest($1) as value, generate_subscripts($1, 1) as place)"
            " order by place",
            [values],
        ).fetchall()
    found = [bool(row[0]) for row in held]
    assert found == [is_identity_number(value) for value in values]
    assert found == are_identity_numbers("".join(values).encode()).tolist()
    assert sum(found) > 100
