"""A delivery of a few persons, whole and valid, that a test can spoil in one place."""

from pathlib import Path

SPEC = """
[delivery]
id = "small"
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

FILES = {
    "contacts.csv": (
        "npr_contact",
        "lopenr;sector;omsorgsniva;inndato;utdato;debitor;tilstand_1_1",
        [
            f"N{person};SOM;3;2012-03-{day};2012-03-{day};{debitor};M545"
            # Ordinary working days, of which no check makes anything.
            for person, (day, debitor) in enumerate(
                [("06", "20"), ("07", "20"), ("08", "1"), ("09", "1"), ("12", "1"), ("13", "1")]
            )
        ],
    ),
    "benefits.csv": (
        "nav_benefit",
        "nav_lopenr;ytelse;fom;tom;grad",
        [f"V{person};SP;2012-02-01;2012-0{person + 3}-10;100" for person in range(6)],
    ),
    "persons.csv": (
        "person",
        "ssb_lopenr;kjonn;foedselsaar",
        [f"S{person};2;1975" for person in range(6)],
    ),
    "education.csv": (
        "education",
        "ssb_lopenr;aargang;nus2000",
        [f"S{person};2006;401101" for person in range(6)],
    ),
    "link.csv": (
        "link",
        "npr_lopenr;nav_lopenr;ssb_lopenr",
        [f"N{person};V{person};S{person}" for person in range(6)],
    ),
}


class SmallDelivery:
    """The delivery as text, written when asked.

    Attributes:
        spec: delivery.toml without its files.
        tables: File name -> table.
        lines: File name -> header and rows.
    """

    def __init__(self) -> None:
        self.spec = SPEC
        self.tables = {name: table for name, (table, _, _) in FILES.items()}
        self.lines = {name: [header, *rows] for name, (_, header, rows) in FILES.items()}

    def replace(self, file: str, old: str, new: str, *, row: int | None = None) -> None:
        """Replace a text in one row (0 = header), or in all."""
        rows = range(len(self.lines[file])) if row is None else [row]
        before = list(self.lines[file])
        for number in rows:
            self.lines[file][number] = self.lines[file][number].replace(old, new)
        assert self.lines[file] != before, f"{old!r} does not stand in {file}"

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        folder.mkdir(parents=True)
        entries = [
            f'\n[[file]]\ntable = "{table}"\npath = "{name}"\n'
            for name, table in self.tables.items()
        ]
        (folder / "delivery.toml").write_text(self.spec + "".join(entries), encoding="utf-8")
        for name, lines in self.lines.items():
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder
