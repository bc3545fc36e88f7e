"""Trimming may be left out only where it would change nothing."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.deliveries.cell_edges import EdgeFinder

ENCODINGS = ("utf-8", "latin-1", "cp1252")


def find(*chunks: bytes) -> bool:
    finder = EdgeFinder()
    for chunk in chunks:
        finder.feed(chunk)
    finder.finish()
    return finder.is_found


def list_trimmed_signs() -> list[str]:
    with duckdb.connect() as connection:
        found = connection.execute(
            "select chr(i::integer) from range(1, 1114112) t(i)"
            " where i not between 55296 and 57343 and trim(chr(i::integer) || 'x') = 'x'"
        ).fetchall()
    return [row[0] for row in found]


TRIMMED = list_trimmed_signs()


def test_duckdb_trims_more_than_the_space() -> None:
    assert {" ", "\u00a0", "\u2009", "\u3000"} < set(TRIMMED)


@pytest.mark.parametrize("sign", TRIMMED, ids=lambda sign: f"{ord(sign):04x}")
def test_every_sign_that_duckdb_trims_is_found_at_either_edge_in_every_encoding(sign: str) -> None:
    for encoding in ENCODINGS:
        try:
            blank = sign.encode(encoding)
        except UnicodeEncodeError:
            continue
        for before, after in ((b"a;", b"b;c\n"), (b"a;b", b";c\n"), (b"a;b", b""), (b"", b"b")):
            assert find(before + blank + after), (encoding, before, after)


@pytest.mark.parametrize("edge", [b";", b",", b"\t", b"|", b'"', b"\n", b"\r\n", b"#"])
def test_a_blank_is_found_beside_whatever_may_end_a_cell(edge: bytes) -> None:
    assert find(b"a " + edge + b"b")
    assert find(b"a" + edge + b" b")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_blanks_between_words_are_no_reason_to_trim(encoding: str) -> None:
    text = 'navn;by\nHelse Møre og Romsdal;Ålesund\n"Sørlandet sykehus";Bærum\n'
    assert not find(text.encode(encoding))


def test_blanks_are_found_across_chunks() -> None:
    data = b"a;b\nlong name; c\n"
    for place in range(len(data) + 1):
        assert find(data[:place], data[place:])
    clean = b"a;b\nlong name;c\n"
    for place in range(len(clean) + 1):
        assert not find(clean[:place], clean[place:])


@given(
    st.lists(
        st.lists(st.text(st.sampled_from(["a", "1", "å", "-", *TRIMMED]), max_size=4), min_size=2),
        min_size=1,
    ),
    st.sampled_from(ENCODINGS),
    st.integers(1, 9),
)
def test_a_cell_that_trimming_changes_is_always_found(
    rows: list[list[str]], encoding: str, size: int
) -> None:
    text = "\n".join(";".join(row) for row in rows) + "\n"
    data = text.encode(encoding, errors="ignore")
    signs = "".join(TRIMMED)
    cells = [cell for line in data.decode(encoding).split("\n") for cell in line.split(";")]
    found = find(*(data[at : at + size] for at in range(0, len(data), size)))
    if any(cell != cell.strip(signs) for cell in cells):
        assert found
