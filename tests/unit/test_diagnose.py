"""What of the study reaches the gate."""

import tomllib

import pandas as pd

from evaluation import diagnostics
from evaluation.study import StudyDefinition
from pipelines.resources import DEFAULT_STUDY


def test_the_window_and_the_units_of_the_study_reach_the_gate(monkeypatch) -> None:
    content = tomllib.loads(DEFAULT_STUDY.read_text(encoding="utf-8"))
    content["windows"] |= {"before_days": 180, "after_days": 180}
    content["outcomes"]["primary"] = ["sick_leave_days", "health_benefit_months"]
    content["specification"] = []
    study = StudyDefinition.model_validate(content)
    given: dict[str, object] = {}
    monkeypatch.setattr(diagnostics, "build_gate_inputs", lambda *_, **__: "inputs")
    monkeypatch.setattr(diagnostics, "judge", lambda _, **settings: given.update(settings))
    frames = diagnostics.Diagnosed(*[pd.DataFrame()] * 5)
    diagnostics.diagnose(frames, study, balance=None, matched_share=None, attrition=None)
    assert given["after_days"] == 180
    assert given["units_of_outcomes"] == {
        "sick_leave_days": "days",
        "health_benefit_months": "months",
    }
