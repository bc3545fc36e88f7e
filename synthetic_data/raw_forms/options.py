"""Which form a delivery has, and which defects are switched on."""

from dataclasses import dataclass, fields, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class RawOptions:
    """Switches of a raw delivery; each one is a way in which real deliveries differ.

    Where a switch changes content (letters in debitor, open ends, signs of Windows), both twins
    change; where it changes writing, only the raw one does.

    Attributes:
        form: "day" for NAV's dated spells, "month" for the files of FD-Trygd.
        seed: Any whole number from 0.
        mixed_case: Column names in lower or upper case in some files.
        mixed_types: Codes as numbers, with blanks, zeros in front or a decimal part.
        encodings: Latin-1, Windows-1252 and a byte order mark beside plain UTF-8.
        decimal_comma: Comma in grades and positions of some files.
        date_styles: dd.mm.yyyy, yyyymmdd and others beside ISO, one style a file.
        file_kinds: gzip, tab, comma, Parquet, SPSS, Stata and SAS beside csv with semicolons.
        debitor_letters: Letter codes in debitor in years up to 2009.
        dotted_icd: ICD-10 with dot, comma or blank, or in lower case.
        dupli: The word dupli as main diagnosis, the real one in dup_tilstand_1.
        windows_signs: Names with a dash of Windows.
        open_ends: Ongoing spells without an end.
        duplicates: Some rows of contacts, benefits and persons twice.
        overlaps: More rows of a benefit for days already covered.
        history_lines: In FD-Trygd, a line for the start of a spell beside that of the whole.
        unlinkable_rows: Contacts without a key, NPRId_reg 4.
        bad_rows: Rows with a value that cannot be used.
        broken_lines: Lines of csv files with too few or too many columns.
        npr_persons: NPR's own file of persons.
    """

    form: Literal["day", "month"] = "day"
    seed: int = 1
    mixed_case: bool = True
    mixed_types: bool = True
    encodings: bool = True
    decimal_comma: bool = True
    date_styles: bool = True
    file_kinds: bool = True
    debitor_letters: bool = True
    dotted_icd: bool = True
    dupli: bool = True
    windows_signs: bool = True
    open_ends: bool = True
    duplicates: bool = True
    overlaps: bool = True
    history_lines: bool = True
    unlinkable_rows: bool = True
    bad_rows: bool = True
    broken_lines: bool = True
    npr_persons: bool = True

    def only(self, *switches: str) -> "RawOptions":
        """Return the same form and seed with these switches on and all others off.

        Args:
            switches: Names of switches; NPR's file of persons stays as it is.

        Raises:
            ValueError: There is no such switch.
        """
        unknown = sorted(set(switches) - set(SWITCHES))
        if unknown:
            raise ValueError(f"unknown switches {unknown}; allowed: {', '.join(SWITCHES)}")
        return replace(self, **{name: name in switches for name in SWITCHES})


SWITCHES = tuple(
    field.name for field in fields(RawOptions) if field.name not in ("form", "seed", "npr_persons")
)
"""Every defect that can be on or off."""
