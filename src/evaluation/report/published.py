"""Published shares of debitor-20 patients by sector, SINTEF 2022:00168, summary.

The published effects are part of the study file; these are not settings of any study.
Numbers F12, F13, F14 and F15 of the reading of the report (seed facts, section 3.2).
"""

from dataclasses import dataclass

UNCERTAIN_YEAR = 2018  # F17: "tallene for 2018 er usikre"


@dataclass(frozen=True, slots=True)
class PublishedShare:
    """A published share.

    Attributes:
        year: Calendar year.
        sector: Sector code.
        share: 0 to 1.
        is_derived: Follows from the text, but is not printed in it.
    """

    year: int
    sector: str
    share: float
    is_derived: bool = False


PUBLISHED_SHARES = (
    PublishedShare(2008, "SOM", 0.95),  # F12
    PublishedShare(2017, "SOM", 0.67),  # F12
    PublishedShare(2018, "SOM", 0.62),  # F12
    PublishedShare(2018, "PHV", 0.30),  # F13
    PublishedShare(2018, "TSB", 0.0),  # F14
    PublishedShare(2017, "ARR", 0.04, is_derived=True),  # F15: "en dobling" to 8 % in 2018
    PublishedShare(2018, "ARR", 0.08),  # F15
)
