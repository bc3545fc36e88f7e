"""One pass over the bytes of a file: hash, encoding, how many rows, any identity number."""

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from evaluation.deliveries.cell_edges import EdgeFinder
from evaluation.deliveries.identity_digits import NumberFinder

# Small enough that what is made of a chunk stays in the cache: half the time of megabytes.
_CHUNK_BYTES = 1 << 17
# Registers shrink five to thirty times; what grows more than this is made to fill the disk.
_MAX_GROWTH = 250
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_QUOTE = ord('"')
_LINE_FEED = ord("\n")
# 0x80 to 0x9F are control characters in Latin-1 and mostly letters and dashes in Windows-1252.
_WINDOWS_ONLY = bytes(range(0x80, 0xA0))
_NOT_WINDOWS_ONLY = bytes(byte for byte in range(256) if byte not in _WINDOWS_ONLY)
_NOT_IN_WINDOWS = b"\x81\x8d\x8f\x90\x9d"


@dataclass(frozen=True, slots=True)
class FileBytes:
    """What the bytes of a file say.

    Attributes:
        sha256: Hash, of a gzipped file as delivered.
        size: Bytes, of a gzipped file as delivered.
        encodings: What the bytes can be, of "utf-8" (with or without a byte order mark),
            "latin-1" and "cp1252", the likeliest first.
        is_ascii: They are the same in all three.
        first_line: Without its line feed.
        filled_lines: Lines that are not empty.
        filled_records: The same when line feeds between quotes end no line; of an odd number of
            quotes one is never closed, or is a mere sign, and then all line feeds count.
        has_blank_lines: Some lines between are empty.
        has_mixed_line_ends: Some lines end with a line feed, others with a carriage return too.
        has_lone_returns: Carriage returns stand within lines, and not between quotes.
        may_hold_identity_numbers: Somewhere stand eleven digits with a valid day and month and
            both control digits right, alone or within a text.
        may_have_edge_blanks: Somewhere a blank may stand at the edge of a cell, if the delimiter is
            neither a letter nor a digit.
    """

    sha256: str
    size: int
    encodings: tuple[str, ...]
    is_ascii: bool
    first_line: bytes
    filled_lines: int
    filled_records: int
    has_blank_lines: bool
    has_mixed_line_ends: bool
    has_lone_returns: bool
    may_hold_identity_numbers: bool
    may_have_edge_blanks: bool


class UnreadableError(Exception):
    """The file is of no kind that is read, or broken; the text says what to do."""


def is_gzipped(path: Path) -> bool:
    """Say whether a file is gzipped, by its name."""
    return path.name.lower().endswith(".gz")


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacking it when it is gzipped.

    Args:
        path: The file.

    Raises:
        UnreadableError: It is gzipped and broken; raised while it is read.
    """
    if not is_gzipped(path):
        with path.open("rb") as stream:
            yield stream
        return
    try:
        with gzip.open(path) as unpacked:
            yield cast(BinaryIO, unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UnreadableError("not a readable gzip file; deliver it again.") from None


class _LineCounter:
    def __init__(self) -> None:
        self.filled = self.blank = 0
        self.returns = self.lone_returns = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        whole = data[:end]
        is_feed = np.frombuffer(whole, dtype=np.uint8) == _LINE_FEED
        blank = 0
        if (
            whole[:1] in (b"\n", b"\r")
            or (is_feed[1:] & is_feed[:-1]).any()
            or (b"\r" in whole and b"\n\r\n" in whole)
        ):
            blank = len(_BLANK_LINE.findall(whole))
        self.blank += blank
        self.filled += int(np.count_nonzero(is_feed)) - blank
        # Of an unfinished line it only matters whether anything stands in it, and how it ends.
        last = data[end:]
        rest = last.removesuffix(b"\r")
        if b"\r" in whole or b"\r" in rest:
            returns = whole.count(b"\r\n")
            self.returns += returns
            self.lone_returns += whole.count(b"\r") - returns + rest.count(b"\r")
        self._rest = (b"x" if rest.strip(b"\r") else b"") + last[len(rest) :]

    @property
    def has_mixed_ends(self) -> bool:
        # A file cut between carriage return and line feed ends with the first of them.
        is_cut = self._rest.endswith(b"\r")
        return 0 < self.returns < self.filled + self.blank or is_cut

    def finish(self) -> int:
        return self.filled + len(self._rest.strip(b"\r"))


class _RowCounter:
    """Counts lines, and records: lines without what stands between quotes.

    A doubled quote changes nothing.
    """

    def __init__(self) -> None:
        self.lines = _LineCounter()
        self.records = self.lines
        self.quotes = 0

    def feed(self, chunk: bytes) -> None:
        quotes = chunk.count(b'"') if b'"' in chunk else 0  # to look is faster than to count
        if quotes and self.records is self.lines:
            # Up to the first quote, lines and records are the same.
            self.records = copy(self.lines)
        self.lines.feed(chunk)
        if self.records is not self.lines:
            self.records.feed(self._leave_out_quoted(chunk, quotes))
        self.quotes += quotes

    def _leave_out_quoted(self, chunk: bytes, quotes: int) -> bytes:
        is_open = self.quotes % 2 == 1
        if quotes == 0:
            # Between quotes a chunk counts as one filled place.
            return b"x" if is_open else chunk
        signs = np.frombuffer(chunk, dtype=np.uint8)
        is_inside = np.bitwise_xor.accumulate((signs == _QUOTE).view(np.uint8)) ^ is_open
        return bytes(signs[(is_inside == 0) | (signs == _QUOTE)])


class _Encodings:
    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True
        self.is_ascii = True
        self._seen: set[int] = set()

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        if self._is_utf8:
            try:
                self._decoder.decode(chunk, final)
            except UnicodeDecodeError:
                self._is_utf8 = False
        if not chunk.isascii():
            self.is_ascii = False
            self._seen.update(chunk.translate(None, _NOT_WINDOWS_ONLY))

    def list(self) -> tuple[str, ...]:
        fits = {
            "utf-8": self._is_utf8,
            "latin-1": not self._seen,
            "cp1252": not self._seen.intersection(_NOT_IN_WINDOWS),
        }
        return tuple(encoding for encoding, does_fit in fits.items() if does_fit)


def read_bytes(path: Path) -> FileBytes:
    """Read a file once, whatever its size.

    Args:
        path: The file; a gzipped one is read twice, for its hash and for what is in it.

    Raises:
        UnreadableError: A gzipped file is broken, or grows more than any register would.
    """
    digest, encodings, rows = hashlib.sha256(), _Encodings(), _RowCounter()
    numbers, edges = NumberFinder(), EdgeFinder()
    size, first = 0, b""
    most = _CHUNK_BYTES + _MAX_GROWTH * path.stat().st_size
    with open_unpacked(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if size == 0:
                first = chunk.split(b"\n", 1)[0]
            size += len(chunk)
            if size > most:
                raise UnreadableError(
                    f"unpacked, it is more than {_MAX_GROWTH} times as large; deliver it unpacked."
                )
            if not is_gzipped(path):
                digest.update(chunk)
            for part in (encodings, numbers, edges, rows):
                part.feed(chunk)
    encodings.feed(b"", final=True)
    edges.finish()
    ends = rows.lines if rows.quotes % 2 else rows.records
    if is_gzipped(path):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
    return FileBytes(
        sha256=digest.hexdigest(),
        size=path.stat().st_size,
        encodings=encodings.list(),
        is_ascii=encodings.is_ascii,
        first_line=first,
        filled_lines=rows.lines.finish(),
        filled_records=ends.finish(),
        has_blank_lines=rows.lines.blank > 0,
        has_mixed_line_ends=ends.has_mixed_ends,
        has_lone_returns=ends.lone_returns > 0,
        may_hold_identity_numbers=numbers.is_found,
        may_have_edge_blanks=edges.is_found,
    )


def find_blank_lines(path: Path) -> Iterator[int]:
    """Yield the numbers of the empty lines; line feeds between quotes end no line.

    Args:
        path: The file.
    """
    number, is_quoted = 0, False
    with open_unpacked(path) as stream:
        for line in stream:
            if not is_quoted:
                number += 1
                if not line.strip(b"\r\n"):
                    yield number
            is_quoted ^= line.count(b'"') % 2 == 1


def read_even_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines that are not empty, each with a line feed at its end and nothing else.

    What stands between quotes stays as it is.

    Args:
        stream: A csv.
    """
    is_quoted = False
    for line in stream:
        if not is_quoted and not line.strip(b"\r\n"):
            continue
        is_quoted ^= line.count(b'"') % 2 == 1
        if is_quoted:
            yield line
        else:
            yield line.removesuffix(b"\n").removesuffix(b"\r") + b"\n"
