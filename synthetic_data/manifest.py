"""Write delivery.toml, which tells the loader what is in the folder."""

from pathlib import Path
from typing import Any

from synthetic_data.npr_files import FILE_PREFIX
from synthetic_data.scenario import SECTORS

_HEAD = """\
# SYNTHETIC registers, made from published aggregates only. No row comes from a person.
# scenario = "{scenario}", persons = {persons}, seed = {seed}

[delivery]
id = "synthetic-{scenario}-{seed}"
kind = "synthetic"
first_date = 2008-01-01
last_date = 2018-12-31
nav_key = "nav_id"
benefit_resolution = "day"
sick_pay_counts_employer_period = true

[coverage.nav_benefit]
first_date = 2006-01-01
last_date = 2020-12-31
"""

_FILE = """
[[file]]
table = "{table}"
path = "{path}"
{sector}delimiter = ";"
encoding = "latin-1"
"""

_TABLES = {
    "nav_benefit": "nav/ytelser_*.csv",
    "person": "ssb/faste_oppl.csv",
    "education": "ssb/f_utd_demografi.csv",
    "residence": "ssb/bosted.csv",
    "link": "kobling.csv",
    "institution": "npr/institusjon.csv",
}


def write_manifest(about: dict[str, Any], folder: Path) -> None:
    """Write delivery.toml for the files that are there.

    Args:
        about: scenario, persons and seed.
        folder: The delivery, with its files.
    """
    parts = [_HEAD.format(**about)]
    for sector, prefix in FILE_PREFIX.items():
        pattern = f"npr/{prefix}_*.csv"
        if any(folder.glob(pattern)):
            line = f'sector = "{SECTORS[sector]}"\n'
            parts.append(_FILE.format(table="npr_contact", path=pattern, sector=line))
    for table, path in _TABLES.items():
        parts.append(_FILE.format(table=table, path=path, sector=""))
    (folder / "delivery.toml").write_text("".join(parts), encoding="utf-8")
