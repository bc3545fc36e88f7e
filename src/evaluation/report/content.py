"""What a report is made of, whatever its format: sections of paragraphs, tables and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pandas as pd

from evaluation.report.texts import Language, Texts, read_texts
from evaluation.study import StudyDefinition
from evaluation.study_outcomes import Outcome
from evaluation.study_part import SECTORS

if TYPE_CHECKING:
    Row: TypeAlias = pd.Series[Any]  # one row of a result table
else:
    Row = pd.Series


DECIMALS = {"months": 3}
"""Of effects in a unit; one of any other."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """All a report is made from.

    Attributes:
        study: The protocol.
        delivery_id: Name of the delivery.
        delivery_kind: Synthetic deliveries are marked on every page.
        tables: Result tables by their name in `schemas.TABLES`; some may be absent.
        manifest: Fingerprint, versions and rows of files.
        notes: Plain sentences from the run, printed as they are.
    """

    study: StudyDefinition
    delivery_id: str
    delivery_kind: Literal["synthetic", "approved"]
    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Disclosed tables and words, as handed to every part of the report.

    Attributes:
        data: The report's data; its tables are after disclosure control.
        texts: Sentences of the language.
    """

    data: ReportData
    texts: Texts

    @property
    def is_synthetic(self) -> bool:
        """Whether the delivery is synthetic."""
        return self.data.delivery_kind == "synthetic"

    @property
    def has_all_sectors(self) -> bool:
        """Whether the study holds every sector, as what is published of all of them does."""
        return set(SECTORS) <= set(self.data.study.sectors)

    @property
    def level(self) -> str:
        """The confidence level in words of the language, "95 %"."""
        return self.texts.percent(self.data.study.inference.confidence_level, decimals=0)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The study's outcomes, in its order."""
        return tuple(self.data.study.outcomes.primary)

    def name_unit(self, outcome: Outcome, *, in_full: bool = False) -> str:
        """Return what an outcome is counted in: "days", "months".

        Args:
            outcome: Outcome of the study.
            in_full: Say how a day or a month is counted.
        """
        group = "unit_in_full" if in_full else "unit"
        return self.texts.name(group, self.data.study.outcomes.units[outcome])

    def join_units(self, outcomes: Sequence[Outcome] = (), *, in_full: bool = False) -> str:
        """Return what outcomes are counted in, each unit once.

        Args:
            outcomes: Outcomes of the study; none given: its primary ones.
            in_full: Say how a day or a month is counted.
        """
        names = [self.name_unit(o, in_full=in_full) for o in outcomes or self.outcomes]
        return self.texts.join(list(dict.fromkeys(names)))

    def decimals_of(self, outcome: str) -> int:
        """Count the decimals of what is told of an outcome: a tenth of a month is three days.

        Args:
            outcome: Name; one that the study does not have is told as days are.
        """
        units: Mapping[str, str] = {str(o): u for o, u in self.data.study.outcomes.units.items()}
        return DECIMALS.get(units.get(outcome, ""), 1)

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a result table, or None when it is absent or empty.

        Args:
            name: Name in `schemas.TABLES`.
        """
        frame = self.data.tables.get(name)
        return None if frame is None or frame.empty else frame

    def sectors_of(self, frame: pd.DataFrame, *, pooled_first: bool = False) -> list[str]:
        """List the sectors of a table in the study's order, ALL last or first.

        Args:
            frame: A table with a column `sector`.
            pooled_first: Put ALL first.
        """
        present = set(frame["sector"].dropna())
        order: list[str] = [sector for sector in self.data.study.sectors if sector in present]
        pooled = [sector for sector in ("ALL",) if sector in present]
        return pooled + order if pooled_first else order + pooled


def make_context(data: ReportData, language: Language) -> Context:
    """Make the context of a report, with the words of a study of all sectors or of some.

    Args:
        data: The report's data; its tables are after disclosure control.
        language: "nb" or "en".
    """
    context = Context(data, read_texts(language))
    if context.has_all_sectors:
        return context
    return Context(data, context.texts.of_some_sectors())


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What stands in it.
        below: A second, smaller line.
        mark: How it is marked: "", "hidden", "good", "bad" or "main".
    """

    text: str
    below: str = ""
    mark: Literal["", "hidden", "good", "bad", "main"] = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        label: Heading.
        group: Heading above several columns, or "".
        is_text: Words, aligned left; else numbers, aligned right.
    """

    label: str
    group: str = ""
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its heading.

    Attributes:
        key: Identifier within the report.
        caption: What the table shows.
        columns: Columns in order.
        rows: Cells in the order of the columns; a single cell is a heading of the rows below it.
        notes: Lines below the table.
        is_stacked: On a narrow screen, show each row as a card.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    is_stacked: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing of a figure.

    Attributes:
        title: Heading.
        desc: What a reader who cannot see it should know.
        svg: The drawing.
        below: A drawing that belongs below it, or None.
    """

    title: str
    desc: str
    svg: str
    below: "Panel | None" = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Drawings side by side.

    Attributes:
        key: Identifier within the report.
        panels: The drawings.
        legend: (kind, text) of each mark; kinds are classes of the style sheet.
        columns: Drawings side by side on a wide page.
    """

    key: str
    panels: tuple[Panel, ...]
    legend: tuple[tuple[str, str], ...] = ()
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Fold:
    """A figure that the reader unfolds.

    Attributes:
        summary: The line that is always shown.
        figure: What it hides.
    """

    summary: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report.

    Attributes:
        key: Anchor.
        title: Heading.
        paragraphs: Plain text.
        items: A list of points.
        blocks: Tables, figures and folds.
    """

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    blocks: tuple[Table | Figure | Fold, ...] = ()
