"""Find out whether blanks may stand at the edge of any cell of a csv.

To trim every cell takes as long as to parse it, and most cells have nothing to trim.
"""

import numpy as np

# What DuckDB's trim takes away: the space, the no-break space and Unicode's other spaces. In UTF-8
# those begin with one of four bytes and end with one of fourteen; the same bytes are letters in
# other places, which costs time and no blank.
_BLANKS = {0x20, 0xA0, 0xC2, 0xE1, 0xE2, 0xE3, *range(0x80, 0x8B), 0x9F, 0xAF}
_IS_BLANK = bytes(byte in _BLANKS for byte in range(256))
# Anything else may be a delimiter, a quote or a line end.
_IS_WITHIN = np.array([byte >= 0x80 or chr(byte).isalnum() for byte in range(256)])


class EdgeFinder:
    """Looks for blanks beside what may end a cell; a cell that trimming changes is always found.

    The delimiter must be neither a letter nor a digit.
    """

    def __init__(self) -> None:
        self.is_found = False
        self._rest = b"\n"

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes of a file.

        Args:
            chunk: They.
        """
        if self.is_found:
            return
        # The last byte waits for its right neighbour.
        data = self._rest + chunk
        self._rest = data[-2:]
        if b" " not in data and data.isascii():
            return
        is_blank = np.frombuffer(data.translate(_IS_BLANK), dtype=np.bool_)
        places = np.flatnonzero(is_blank[1:-1]) + 1
        signs = np.frombuffer(data, dtype=np.uint8)
        is_within = _IS_WITHIN[signs[places - 1]] & _IS_WITHIN[signs[places + 1]]
        self.is_found = not is_within.all()

    def finish(self) -> None:
        """End the file."""
        self.feed(b"\n")
