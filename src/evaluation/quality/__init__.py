"""The quality catalogue: run the checks of sql/checks, judge them, write their pages."""

from evaluation.quality.judge import QualityReport, check_quality, check_thresholds

__all__ = ["QualityReport", "check_quality", "check_thresholds"]
