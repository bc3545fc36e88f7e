"""One pass over the bytes of a file: hash, encoding, and how many rows it must hold."""

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

_CHUNK_BYTES = 1 << 22
# Registers shrink five to thirty times; what grows more than this is made to fill the disk.
_MAX_GROWTH = 250
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileBytes:
    """What the bytes of a file say.

    Attributes:
        sha256: Hash, of a gzipped file as delivered.
        size: Bytes, of a gzipped file as delivered.
        is_utf8: It can be UTF-8, with or without a byte order mark.
        is_latin1: It can be Latin-1; 0x80 to 0x9F are letters in Windows-1252 only.
        first_line: Without its line feed.
        filled_lines: Lines that are not empty.
        filled_records: The same when line feeds between quotes end no line; of an odd number of
            quotes one is never closed, or is a mere sign, and then all line feeds count.
        has_blank_lines: Some lines between are empty.
    """

    sha256: str
    size: int
    is_utf8: bool
    is_latin1: bool
    first_line: bytes
    filled_lines: int
    filled_records: int
    has_blank_lines: bool


class UnpackError(Exception):
    """A gzipped file that cannot be unpacked, or is too large when it is."""


def is_gzipped(path: Path) -> bool:
    """Say whether a file is gzipped, by its name."""
    return path.name.lower().endswith(".gz")


@contextmanager
def _open_unpacked(path: Path) -> Iterator[BinaryIO]:
    if not is_gzipped(path):
        with path.open("rb") as stream:
            yield stream
        return
    try:
        with gzip.open(path) as unpacked:
            yield cast(BinaryIO, unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UnpackError("not a readable gzip file; deliver it again.") from None


class _LineCounter:
    def __init__(self) -> None:
        self.filled = self.blank = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        whole = data[:end]
        blank = 0
        if whole[:1] in (b"\n", b"\r") or b"\n\n" in whole or b"\n\r\n" in whole:
            blank = len(_BLANK_LINE.findall(whole))
        self.blank += blank
        self.filled += whole.count(b"\n") - blank
        # Of an unfinished line it only matters whether anything stands in it.
        self._rest = b"x" if data[end:].strip(b"\r") else b""

    def finish(self) -> int:
        return self.filled + len(self._rest)


class _Decodable:
    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self.holds = True

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        if self.holds:
            try:
                self._decoder.decode(chunk, final)
            except UnicodeDecodeError:
                self.holds = False


def read_bytes(path: Path) -> FileBytes:
    """Read a file once, whatever its size.

    Args:
        path: The file; a gzipped one is read twice, for its hash and for what is in it.

    Raises:
        UnpackError: A gzipped file is broken, or grows more than any register would.
    """
    digest, utf8 = hashlib.sha256(), _Decodable("utf-8")
    lines, records = _LineCounter(), _LineCounter()
    size, quotes, is_latin1, first = 0, 0, True, b""
    most = _CHUNK_BYTES + _MAX_GROWTH * path.stat().st_size
    with _open_unpacked(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if size == 0:
                first = chunk.split(b"\n", 1)[0]
            size += len(chunk)
            if size > most:
                raise UnpackError(
                    f"unpacked, it is more than {_MAX_GROWTH} times as large; deliver it unpacked."
                )
            if not is_gzipped(path):
                digest.update(chunk)
            utf8.feed(chunk)
            if is_latin1:
                is_latin1 = chunk.isascii() or not re.search(rb"[\x80-\x9f]", chunk)
            lines.feed(chunk)
            # Every second part of the file stands between quotes; a doubled quote changes nothing.
            parts = chunk.split(b'"')
            records.feed(b'"'.join(parts[quotes % 2 :: 2]))
            quotes += len(parts) - 1
    utf8.feed(b"", final=True)
    if is_gzipped(path):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
    return FileBytes(
        sha256=digest.hexdigest(),
        size=path.stat().st_size,
        is_utf8=utf8.holds,
        is_latin1=is_latin1,
        first_line=first,
        filled_lines=lines.finish(),
        filled_records=lines.finish() if quotes % 2 else records.finish(),
        has_blank_lines=lines.blank > 0,
    )


def find_blank_lines(path: Path) -> Iterator[int]:
    """Yield the numbers of the empty lines; line feeds between quotes end no line.

    Args:
        path: The file.
    """
    number, is_quoted = 0, False
    with _open_unpacked(path) as stream:
        for line in stream:
            if not is_quoted:
                number += 1
                if not line.strip(b"\r\n"):
                    yield number
            is_quoted ^= line.count(b'"') % 2 == 1
