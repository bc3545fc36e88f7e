"""What the gate says of a result table, written into it by the asset that makes it."""

import pandas as pd

from evaluation.gate.verdict import mark_gate
from evaluation.study import StudyDefinition
from pipelines.resources import OutputFolder


def write_marked(
    output: OutputFolder, name: str, table: pd.DataFrame, study: StudyDefinition
) -> int:
    """Write a table with the verdict on the headline of each row; give the number of rows."""
    marked = mark_gate(
        table,
        output.layout.read_result("diagnostics"),
        outcomes=study.outcomes.primary,
        required=study.gate.required,
    )
    return output.layout.write_result(name, marked)
