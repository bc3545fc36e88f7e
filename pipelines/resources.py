"""What the assets share: the study, the delivery and the output folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from evaluation.deliveries.spec import DeliverySpec
from evaluation.errors import DeliveryError
from evaluation.outputs import OutputLayout
from evaluation.sql_params import refuse_days_from_months
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import Built
from evaluation.warehouse.connection import Connection, RunSettings, open_scanner, open_warehouse

ROOT = Path(__file__).resolve().parent.parent
SQL_FOLDER = ROOT / "sql"
DEFAULT_STUDY = ROOT / "pipelines" / "studies" / "raskere_tilbake.toml"


class StudyFile(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The study protocol."""

    path: str

    def read(self) -> StudyDefinition:
        """Read and check the protocol."""
        return StudyDefinition.from_toml(Path(self.path))


class DeliveryFolder(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The delivery; `truth` is the folder with the planted truth of synthetic registers.

    A check (`for_estimates` false) takes what a run refuses: a delivery that lacks tables, whose
    benefits are by month though the study counts days, or that fails the quality checks.
    """

    path: str
    truth: str = ""
    for_estimates: bool = True

    @property
    def folder(self) -> Path:
        """Where it is."""
        if not self.path:
            raise DeliveryError("no delivery is given; set EVALUATION_DELIVERY to its folder.")
        return Path(self.path)

    def read(self) -> DeliverySpec:
        """Read and check delivery.toml."""
        spec = DeliverySpec.from_folder(self.folder)
        if self.for_estimates:
            spec.validate_complete()
        return spec

    def read_for(self, study: StudyDefinition) -> DeliverySpec:
        """Read delivery.toml, and refuse what the study cannot get from such a delivery."""
        spec = self.read()
        if self.for_estimates:
            refuse_days_from_months(spec, study.outcomes.every)
        return spec


class OutputFolder(dg.ConfigurableResource):  # type: ignore[type-arg]
    """OUT, with the warehouse in it."""

    path: str
    threads: int
    memory: str

    @property
    def layout(self) -> OutputLayout:
        """Paths, with the folders made."""
        layout = OutputLayout(Path(self.path))
        layout.prepare()
        return layout

    @property
    def settings(self) -> RunSettings:
        """Threads and memory."""
        return RunSettings(threads=self.threads, memory=self.memory)

    @contextmanager
    def scan(self, *readable: Path) -> Iterator[Connection]:
        """Open a database in memory, to look at files before anything is written.

        Args:
            readable: Folders that the step reads files from.
        """
        with open_scanner(readable=readable, settings=self.settings) as connection:
            yield connection

    @contextmanager
    def connect(self, *readable: Path) -> Iterator[Connection]:
        """Open the warehouse for one step.

        Args:
            readable: Folders that the step reads files from.
        """
        with open_warehouse(
            self.layout.warehouse_file, readable=readable, settings=self.settings
        ) as connection:
            yield connection


def describe(built: Built) -> dict[str, int | bool]:
    """Metadata of a built table: counts only, because Dagster keeps metadata in clear text."""
    return {"dagster/row_count": built.rows, "unchanged": built.is_unchanged}
