"""Thresholds of the gate for tests of its functions; those of the study stand in its file."""

from dataclasses import replace
from typing import Any

from evaluation.gate.diagnostic import GateSettings

SETTINGS = GateSettings(
    required=("balance", "pre_trend", "pre_trend_equivalence", "power", "matched_share"),
    alpha=0.001,
    max_smd=0.1,
    clusters_per_period=20,
    relevant_days={"SOM": 2.5, "PHV": 6.0, "TSB": 12.0, "ARR": 12.0, "ALL": 2.0},
    tolerated_days=1.0,
    negative_control_chapters=("II", "IV", "IX"),
    min_observed_share=0.5,
    power=0.8,
    min_matched_share=0.6,
    min_matched_share_pooled=0.9,
    coding_sectors=("SOM",),
    max_hidden_share=0.1,
    min_marked_persons=2,
    max_follow_up_points=2.0,
)


def settings(**changed: Any) -> GateSettings:
    """Give the thresholds with some of them changed."""
    return replace(SETTINGS, **changed)
