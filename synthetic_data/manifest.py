"""Write delivery.toml, which tells the loader what is in the folder."""

from pathlib import Path
from typing import Any

from synthetic_data.npr_files import FILE_PREFIX
from synthetic_data.parts import Format
from synthetic_data.scenario import MADE_FROM, SECTORS

_HEAD = """\
{made_from}
# scenario = "{scenario}", persons = {persons}, seed = {seed}

[delivery]
id = "synthetic-{scenario}-{persons}-{seed}"
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
{more}"""
_CSV = 'delimiter = ";"\nencoding = "latin-1"\n'

_TABLES = {
    "nav_benefit": "nav/ytelser_*",
    "person": "ssb/faste_oppl",
    "education": "ssb/f_utd_demografi",
    "residence": "ssb/bosted",
    "link": "kobling",
    "institution": "npr/institusjon",
}


def write_manifest(about: dict[str, Any], folder: Path, file_format: Format) -> None:
    """Write delivery.toml for the files that are there.

    Args:
        about: scenario, persons and seed.
        folder: The delivery, with its files.
        file_format: Of the files.
    """
    form = _CSV if file_format == "csv" else ""
    parts = [_HEAD.format(made_from=MADE_FROM, **about)]
    for sector, prefix in FILE_PREFIX.items():
        pattern = f"npr/{prefix}_*.{file_format}"
        if any(folder.glob(pattern)):
            line = f'sector = "{SECTORS[sector]}"\n'
            parts.append(_FILE.format(table="npr_contact", path=pattern, more=line + form))
    for table, path in _TABLES.items():
        parts.append(_FILE.format(table=table, path=f"{path}.{file_format}", more=form))
    (folder / "delivery.toml").write_text("".join(parts), encoding="utf-8")
