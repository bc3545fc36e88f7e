"""A Hypothesis strategy of deliveries that are spoilt in one or several ways.

It starts from the small delivery with some more tables. Rows are spoilt first, as cells; then
they are written in some dialect or as another kind of file; then bytes are spoilt; and last
delivery.toml. Every key is a canary: none may stand in a message.
"""

import gzip
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
from hypothesis import strategies as st
from small_delivery import FILES, SPEC

CANARY = "CANARY"
PERSONS = 6
# A made-up number with a valid date and both control digits right; it belongs to nobody.
IDENTITY_NUMBER = "01010750160"
Table = list[list[str]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

_MORE = {
    # One column alone: an empty line could be a row.
    "institutions.csv": ("institution", "orgnr", ["983975259", "100100"]),
}
_KEYS = ("lopenr", "npr_lopenr", "nav_lopenr", "ssb_lopenr")

DATES = (
    "0000-00-00", "9999-12-31", "99999-01-01", "-5-01-01", "2012-02-30", "2012-13-01", "31.02.2012",
    "00.00.0000", "20121301", "29022013", "201202", "2012", "1e308", "99999", "00000", "-1", "nan",
    "01JAN2012", "99XXX9999", "2012-01-01T00:00:00", "2012-01-01 25:61:61", "infinity", "epoch",
    "١٢٣٤-٠١-٠١", "2012-01-01 (BC)", "0001-01-01", "today", "+012-01-01", " 2012-01-01 ",
    "1969-12-31", "2012-1-1", "2012/01/01", "012345.0", "12345,0", "99999999999999999999",
)  # fmt: skip
TEXTS = (
    "", " ", "\t", "NULL", "null", "NA", "-", ".", "0", "-0", "1e400", "9" * 40, "0x1F", "1,5",
    "1.5",
    "æøåÆØÅ", "😀", "\u202eabc", "\u200f", "\u00a0", "\ufeff", "e\u0301", "\x01\x02", "\x7f",
    "\x00", "a\x00b", '"', '""', '"""', 'a"b', '"a', 'a"', '"a"b', "'", "\\", '\\"', "a\nb",
    "a\r\nb",
    "a\rb", "\n", "\r", "a;b", "a,b", "a\tb", "a|b", "=1+1", "'; drop table raw_files; --",
    "{}", "[1",
    "$path", "%s", "<b>", "\u2028", "\x85", "\x0b", "\x0c", "x" * 10_000, "å" * 10_000,
    "9" * 10_000, '"' * 999, "\n" * 500, ";" * 300,
)  # fmt: skip
_QUOTES = (('"{}',), ('"{}', '"{}'), ('"{}', '{}"'), ('{}"',), ('{0}"{0}', '{}"'), ('"{}"x', '"x'))
NAMES = (
    "", " ", "file_index", "delivered_row", "file_row_number", "filename", "row_number", "year",
    "sector", "npr_id", "lopenr", "LOPENR", "ssb_lopenr", "inndato", 'say "hi"', '"', "'", "it's",
    "a;b", "a,b", "select", "x" * 10_000, "æøå", "😀", "a\nb", "\ufeffa", "\x00", "column0",
    "*", "$path",
    "unnamed_1", "delivered_chunk", "2010", "tilstand_1_2", "tilstand_1_3", "ncmp_1", "rowid", "%",
)  # fmt: skip


@dataclass
class Fuzzed:
    """A delivery, as bytes.

    Attributes:
        spec: delivery.toml.
        files: Name -> bytes.
        rows: Name -> its rows, of a file that is no csv and whose bytes are as they were written.
        done: What was done to it, for the reader of a failure.
    """

    spec: str
    files: dict[str, bytes]
    rows: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        folder.mkdir(parents=True)
        (folder / "delivery.toml").write_bytes(self.spec.encode("utf-8", "surrogatepass"))
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder

    def __repr__(self) -> str:
        return f"Fuzzed({'; '.join(self.done)})"


@dataclass
class _File:
    table: str
    cells: Table
    options: dict[str, str] = field(default_factory=dict)
    delimiter: str = ";"
    line_end: str = "\n"
    encoding: str = "utf-8"
    quotes_all: bool = False
    quotes_needed: bool = True
    kind: str = "csv"
    spoil_text: list[Callable[[str], str]] = field(default_factory=list)
    spoil_bytes: list[Callable[[bytes], bytes]] = field(default_factory=list)


def _ordinary() -> dict[str, _File]:
    made = {}
    for name, (table, header, rows) in {**FILES, **_MORE}.items():
        cells = [line.split(";") for line in [header, *rows]]
        keys = [place for place, column in enumerate(cells[0]) if column in _KEYS]
        for row in cells[1:]:
            for place in keys:
                # As long as real pseudonyms are, and with digits as they have.
                row[place] = f"{CANARY}{row[place][0]}{int(row[place][1:]):06}"
        made[name] = _File(table, cells)
    return made


@st.composite
def deliveries(draw: Draw) -> Fuzzed:
    """Draw a delivery that is spoilt in up to three ways, and perhaps its delivery.toml too."""
    files = _ordinary()
    done: list[str] = []
    steps = _STEPS if draw(st.booleans()) else _GENTLE_STEPS
    for step in draw(st.lists(st.sampled_from(steps), min_size=1, max_size=3)):
        # Most faults meet the tables that every delivery has.
        name = draw(st.sampled_from(list(files)))
        done.append(f"{name}: {step.__name__.strip('_')} {step(draw, files[name])}")
    spec, contents, rows = SPEC, {}, {}
    for name, file in files.items():
        stored = name.removesuffix("csv") + file.kind
        content, is_whole = _write(file)
        contents[stored] = content
        if is_whole and not file.kind.startswith("csv"):
            rows[stored] = len(file.cells) - 1
        spec += _entry(file, stored)
    # Not zero, which Hypothesis draws more often than other numbers.
    if draw(st.integers(0, 9)) == 7:
        spec, what = _spoil_spec(draw, spec)
        done.append(f"delivery.toml: {what}")
    return Fuzzed(spec, contents, rows, done)


def _entry(file: _File, name: str) -> str:
    options = "".join(f"{key} = {value}\n" for key, value in file.options.items())
    return f'\n[[file]]\ntable = "{file.table}"\npath = "{name}"\n{options}'


# Cells


def _place(draw: Draw, file: _File, *, first: int = 1) -> tuple[int, int] | None:
    rows = [n for n in range(first, len(file.cells)) if file.cells[n]]
    if not rows:
        return None
    row = draw(st.sampled_from(rows))
    return row, draw(st.integers(0, len(file.cells[row]) - 1))


def _odd_cell(draw: Draw, file: _File) -> str:
    place = _place(draw, file)
    text = draw(st.sampled_from(TEXTS) | st.text(max_size=20))
    if place:
        file.cells[place[0]][place[1]] = text
    file.quotes_needed = draw(st.booleans())
    return f"{place} {text[:20]!r}, quoted if needed: {file.quotes_needed}"


def _odd_date(draw: Draw, file: _File) -> str:
    text = draw(st.sampled_from(DATES))
    places = [p for p, name in enumerate(file.cells[0]) if "dato" in name or name in ("fom", "tom")]
    if not places or len(file.cells) < 2:
        return "no date"
    column, row = draw(st.sampled_from(places)), draw(st.integers(1, len(file.cells) - 1))
    if column < len(file.cells[row]):
        file.cells[row][column] = text
    return f"row {row} {text!r}"


def _huge_cell(draw: Draw, file: _File) -> str:
    place, size = _place(draw, file), draw(st.sampled_from([10_000, 1_000_000, 3_000_000]))
    if place and len(file.cells) < 1_000:
        file.cells[place[0]][place[1]] = draw(st.sampled_from("x1 ;\nå")) * size
    return f"{place} {size}"


def _identity_number(draw: Draw, file: _File) -> str:
    place = _place(draw, file)
    if place:
        file.cells[place[0]][place[1]] = IDENTITY_NUMBER
    return str(place)


def _shuffled_columns(draw: Draw, file: _File) -> str:
    order = draw(st.permutations(range(len(file.cells[0]))))
    file.cells = [[row[p] for p in order if p < len(row)] for row in file.cells]
    return str(order)


def _odd_name(draw: Draw, file: _File) -> str:
    place = draw(st.integers(0, len(file.cells[0]) - 1))
    file.cells[0][place] = draw(st.sampled_from(NAMES) | st.text(max_size=8))
    return f"{place} {file.cells[0][place][:20]!r}"


def _more_columns(draw: Draw, file: _File) -> str:
    name, count = draw(st.sampled_from(NAMES)), draw(st.sampled_from([1, 1, 2, 300, 3000]))
    text = draw(st.sampled_from(["", "x", "2012-01-01"]))
    if len(file.cells) > 100:
        count = 1
    names = [name] if count == 1 else [f"{name}{n}" for n in range(count)]
    file.cells = [[*names, *file.cells[0]], *([text] * count + row for row in file.cells[1:])]
    return f"{count} {name[:20]!r}"


def _column_twice(draw: Draw, file: _File) -> str:
    place = draw(st.integers(0, len(file.cells[0]) - 1))
    file.cells = [row + row[place : place + 1] for row in file.cells]
    return str(place)


def _missing_column(draw: Draw, file: _File) -> str:
    place = draw(st.integers(0, len(file.cells[0]) - 1))
    if len(file.cells[0]) > 1:
        file.cells = [row[:place] + row[place + 1 :] for row in file.cells]
    return str(place)


def _open_quote(draw: Draw, file: _File) -> str:
    """Open a quote at a cell, and close it at none, at another one, or there."""
    file.quotes_needed = False
    places = [p for p in (_place(draw, file), _place(draw, file)) if p is not None]
    for (row, column), form in zip(places, draw(st.sampled_from(_QUOTES)), strict=False):
        file.cells[row][column] = form.format(file.cells[row][column])
    return str(places)


def _too_few_or_many(draw: Draw, file: _File) -> str:
    place = _place(draw, file)
    if place is None:
        return "no row"
    row, many = file.cells[place[0]], draw(st.sampled_from([-1, 1, -2, 3]))
    file.cells[place[0]] = row + ["x"] * many if many >= 0 else row[: max(len(row) + many, 1)]
    return f"{place[0]} {many}"


def _blank_line(draw: Draw, file: _File) -> str:
    place = draw(st.integers(0, len(file.cells)))
    count = draw(st.sampled_from([1, 2, 50]))
    file.cells[place:place] = [[]] * count if place else [[""]] * count
    return f"{place} {count}"


def _header_again(draw: Draw, file: _File) -> str:
    place = draw(st.integers(1, len(file.cells)))
    file.cells.insert(place, list(file.cells[0]))
    return str(place)


def _header_only(draw: Draw, file: _File) -> str:
    del file.cells[1:]
    return ""


def _many_rows(draw: Draw, file: _File) -> str:
    # More than DuckDB looks at in one go, but no more than a test has time for.
    if sum(len(cell) + 1 for row in file.cells for cell in row) > 20_000:
        return "enough already"
    file.cells += [list(row) for row in file.cells[1:]] * draw(st.sampled_from([1, 50, 700]))
    return str(len(file.cells))


# Dialect


def _line_end(draw: Draw, file: _File) -> str:
    file.line_end = draw(st.sampled_from(["\r\n", "\r", "\n\r", "\r\r\n", "mixed"]))
    return repr(file.line_end)


def _delimiter(draw: Draw, file: _File) -> str:
    file.delimiter = draw(st.sampled_from([",", "\t", "|", ":", " ", '"', "'", "a", "\\", "€"]))
    if draw(st.booleans()):
        file.options["delimiter"] = _toml(file.delimiter)
    return f"{file.delimiter!r} {file.options}"


def _wrong_option(draw: Draw, file: _File) -> str:
    key, value = draw(
        st.sampled_from(
            [
                *(
                    ("delimiter", text)
                    for text in (",", "|", "\n", "\r", '"', "\x00", "'", "\\", "x")
                ),
                *(("encoding", text) for text in ("utf-8", "latin-1", "cp1252")),
                *(("decimal", text) for text in (".", ",")),
                *(("date_format", text) for text in ("%Y", "%", "%Q", "sas_days", "%d%m", "%'")),
                ("family", "none"),
            ]
        )
    )
    file.options[key] = _toml(value)
    return f"{key} {value!r}"


def _quotes_all(draw: Draw, file: _File) -> str:
    file.quotes_all = True
    return ""


def _encoding(draw: Draw, file: _File) -> str:
    file.encoding = draw(
        st.sampled_from(
            ["utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "cp437", "utf-32"]
        )
    )
    place = _place(draw, file)
    if place:
        file.cells[place[0]][place[1]] = draw(st.sampled_from(["Ærø", "5 – 6", "€", "ø\x81"]))
    return file.encoding


def _kind(draw: Draw, file: _File) -> str:
    file.kind = draw(st.sampled_from(["csv.gz", "parquet", "sav", "dta", "txt", "sdv", "CSV"]))
    return file.kind


def _end(draw: Draw, file: _File) -> str:
    end = draw(
        st.sampled_from(["", "\n", "\n\n\n", "\r\n", "\r", ";", " ", "\x1a", "\x00", '"', "\n;"])
    )
    file.spoil_text.append(lambda text: text.rstrip("\r\n") + end)
    return repr(end)


def _trailing_delimiters(draw: Draw, file: _File) -> str:
    in_header = draw(st.booleans())
    file.cells = [r if not n and not in_header else [*r, ""] for n, r in enumerate(file.cells)]
    return f"in header: {in_header}"


def _text_put_in(draw: Draw, file: _File) -> str:
    text, at = draw(st.sampled_from(TEXTS)), draw(st.floats(0, 1))

    def put(whole: str) -> str:
        place = round(at * len(whole))
        return whole[:place] + text + whole[place:]

    file.spoil_text.append(put)
    return f"{at} {text[:20]!r}"


# Bytes


def _truncated(draw: Draw, file: _File) -> str:
    at = draw(st.floats(0, 1))
    file.spoil_bytes.append(lambda data: data[: round(at * len(data))])
    return str(at)


def _random_bytes_in(draw: Draw, file: _File) -> str:
    at, extra = draw(st.floats(0, 1)), draw(st.binary(min_size=1, max_size=12))
    replaces = draw(st.booleans())

    def put(data: bytes) -> bytes:
        place = round(at * len(data))
        return data[:place] + extra + data[place + replaces * len(extra) :]

    file.spoil_bytes.append(put)
    return f"{at} {extra!r} replaces: {replaces}"


def _only_random_bytes(draw: Draw, file: _File) -> str:
    seed, size = draw(st.integers(0, 1 << 30)), draw(st.sampled_from([0, 1, 2, 50, 5000]))
    signs = draw(st.sampled_from([bytes(range(256)), b'";\n\r\x00a1', b'";\n']))
    content = bytes(random.Random(seed).choices(signs, k=size))  # noqa: S311
    file.spoil_bytes.append(lambda data: content)
    return f"{size} of {len(signs)} {content[:30]!r}"


def _random_bytes_after_header(draw: Draw, file: _File) -> str:
    seed, size = draw(st.integers(0, 1 << 30)), draw(st.sampled_from([1, 10, 200, 5000]))
    signs = draw(
        st.sampled_from([bytes(range(256)), b'";\n\r\x00a1', b'";\n', b';\n"a', b";\n\r", b"a1;\n"])
    )
    content = bytes(random.Random(seed).choices(signs, k=size))  # noqa: S311
    file.spoil_bytes.append(lambda data: data.split(b"\n")[0] + b"\n" + content)
    return f"{size} of {signs[:10]!r} seed {seed} {content[:60]!r}"


def _turned_bits(draw: Draw, file: _File) -> str:
    seed, count = draw(st.integers(0, 1 << 30)), draw(st.sampled_from([1, 3, 30]))

    def turn(data: bytes) -> bytes:
        spoilt, chance = bytearray(data), random.Random(seed)  # noqa: S311
        for _ in range(count if spoilt else 0):
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        return bytes(spoilt)

    file.spoil_bytes.append(turn)
    return f"{count} seed {seed}"


def _twice_over(draw: Draw, file: _File) -> str:
    file.spoil_bytes.append(lambda data: data + data)
    return ""


_CELL_STEPS = (
    _odd_cell, _odd_cell, _odd_cell, _odd_date, _odd_date, _huge_cell, _identity_number,
    _shuffled_columns, _odd_name, _odd_name, _more_columns, _column_twice, _missing_column,
    _open_quote, _open_quote, _too_few_or_many, _too_few_or_many, _blank_line, _header_again,
    _header_only, _many_rows,
)  # fmt: skip
_DIALECT_STEPS = (
    _line_end, _delimiter, _wrong_option, _quotes_all, _encoding, _kind, _kind, _kind, _kind, _end,
    _trailing_delimiters, _text_put_in, _text_put_in,
)  # fmt: skip
_BYTE_STEPS = (
    _truncated, _truncated, _random_bytes_in, _random_bytes_in, _only_random_bytes,
    _random_bytes_after_header, _random_bytes_after_header, _turned_bits, _turned_bits, _twice_over,
)  # fmt: skip
_STEPS = (*_CELL_STEPS, *_DIALECT_STEPS, *_BYTE_STEPS)
# After these a file mostly loads, so that its rows can be counted; others are often refused.
_GENTLE_STEPS = (
    _odd_cell, _odd_cell, _odd_date, _open_quote, _open_quote, _too_few_or_many, _too_few_or_many,
    _blank_line, _header_again, _many_rows, _shuffled_columns, _quotes_all, _trailing_delimiters,
    _line_end, _kind, _end, _text_put_in, _huge_cell,
)  # fmt: skip


# Writing


def _write(file: _File) -> tuple[bytes, bool]:
    if file.kind in ("parquet", "sav", "dta"):
        data = _write_binary(file)
    else:
        data = _write_csv(file)
        data = gzip.compress(data, mtime=0) if file.kind.endswith("gz") else data
    written = data
    for spoil in file.spoil_bytes:
        data = spoil(data)
    return data, data == written


def _write_csv(file: _File) -> bytes:
    lines = [file.delimiter.join(_quoted(cell, file) for cell in row) for row in file.cells]
    if file.line_end == "mixed":
        text = "".join(line + ("\n", "\r\n", "\n")[n % 3] for n, line in enumerate(lines))
    else:
        text = "".join(line + file.line_end for line in lines)
    for spoil in file.spoil_text:
        text = spoil(text)
    return text.encode(file.encoding, "replace")


def _quoted(cell: str, file: _File) -> str:
    needs = any(sign in cell for sign in ('"', file.delimiter, "\n", "\r"))
    if file.quotes_all or (needs and file.quotes_needed):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _write_binary(file: _File) -> bytes:
    """Write rows of the header's width; what does not fit becomes an empty file of text."""
    width = len(file.cells[0])
    file.cells = [row for row in file.cells if len(row) == width]
    columns = list(map(list, zip(*file.cells[1:], strict=True))) or [[] for _ in range(width)]
    try:
        if file.kind == "parquet":
            stream = io.BytesIO()
            table = pa.table([pa.array(c, pa.string()) for c in columns], names=file.cells[0])
            pq.write_table(table, stream)
            return stream.getvalue()
        return _write_statistics(file, columns)
    except Exception:
        # Names or texts that its makers do not allow: no such file would ever be delivered.
        file.cells = [["x"]]
        return b""


def _write_statistics(file: _File, columns: list[list[str]]) -> bytes:
    import tempfile

    write = pyreadstat.write_sav if file.kind == "sav" else pyreadstat.write_dta
    frame = pd.DataFrame(dict(zip(file.cells[0], columns, strict=True)), dtype=object)
    if len(frame.columns) > 50 or frame.map(len).to_numpy().max(initial=0) > 10_000:
        raise ValueError("too much for a quick test")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        write(frame, path)
        return path.read_bytes()


# delivery.toml


def _toml(text: str) -> str:
    signs = "".join(c if c.isalnum() and c.isascii() else f"\\u{ord(c):04x}" for c in text)
    return f'"{signs}"'


_SPECS: tuple[tuple[str, str], ...] = (
    ('path = "contacts.', 'path = "../contacts.'),
    ('path = "contacts.', 'path = "/contacts.'),
    ('path = "contacts.', 'path = "nothing*.'),
    ('path = "contacts.csv"', 'path = "*"'),
    ('path = "contacts.csv"', 'path = "**/*.csv"'),
    ('path = "contacts.csv"', 'path = "[c]ontacts.csv"'),
    ('path = "contacts.csv"', 'path = "[c"'),
    ('path = "contacts.csv"', 'path = "contacts.csv\\u0000"'),
    ('path = "contacts.csv"', 'path = "."'),
    ('path = "contacts.csv"', 'path = "delivery.toml"'),
    ('path = "contacts.csv"', 'path = "CONTACTS.csv"'),
    ('path = "contacts.csv"', 'path = 7'),
    ('path = "contacts.csv"', f'path = "{"x" * 5000}"'),
    ('path = "link.csv"', 'path = "benefits.csv"'),
    ('table = "link"', 'table = "person"'),
    ('table = "link"', 'table = "\\u0000"'),
    ('table = "npr_contact"', 'table = "npr_contact"\nsector = "TSB"'),
    ('table = "npr_contact"', 'table = "npr_contact"\nsector = "XXX"'),
    ('table = "npr_contact"', 'table = "npr_contact"\ncolumns = { nothing = "npr_id" }'),
    ('table = "npr_contact"', 'table = "npr_contact"\ncolumns = { debitor = "npr_id" }'),
    ('table = "npr_contact"', 'table = "npr_contact"\nvalues = { debitor_code = "\'\\u0000" }'),
    ('table = "npr_contact"', 'table = "npr_contact"\ncodes = { sector = { SOM = "PHV" } }'),
    ('table = "nav_benefit"', 'table = "nav_benefit"\ncodes = { benefit_code = { "\'" = "\'" } }'),
    ('nav_key = "nav_id"', 'nav_key = "ssb_id"'),
    ('benefit_resolution = "day"', 'benefit_resolution = "month"'),
    ("first_date = 2008-01-01", "first_date = 2028-01-01"),
    ("first_date = 2008-01-01", "first_date = 0001-01-01"),
    ("first_date = 2008-01-01", 'first_date = "2008-01-01"'),
    ("last_date = 2018-12-31", "last_date = 9999-12-31"),
    ('id = "small"', 'id = "../small"'),
    ('id = "small"', 'id = "sm"\nid = "all"'),
    ("[delivery]", "[[delivery]]"),
    ("[delivery]", "[delivery"),
    ("[delivery]", "delivery = 1"),
    ("[[file]]", "[file]"),
    ("[coverage.nav_benefit]", "[coverage.nothing]"),
    ('kind = "synthetic"', 'kind = "synthetic"\nmore = 1'),
    ('kind = "synthetic"', 'kind = "synthetic"\nfiles = []'),
)  # fmt: skip


def _spoil_spec(draw: Draw, spec: str) -> tuple[str, str]:
    way = draw(st.sampled_from(["option", "option", "option", "truncated", "text", "empty"]))
    if way == "option":
        old, new = draw(st.sampled_from(_SPECS))
        return spec.replace(old, new), f"{old!r} -> {new[:60]!r}"
    if way == "truncated":
        at = draw(st.integers(0, len(spec)))
        return spec[:at], f"truncated at {at}"
    if way == "text":
        at, text = draw(st.integers(0, len(spec))), draw(st.sampled_from(TEXTS))
        return spec[:at] + text + spec[at:], f"at {at} {text[:20]!r}"
    return "", "empty"
