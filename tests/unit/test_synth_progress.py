"""What `synth` says while it works."""

from evaluation.synth_command import describe_progress


def test_progress_tells_rate_and_time_left() -> None:
    text = describe_progress(40_000, 200_000, 4.0)
    assert text == "40,000 of 200,000 persons, 10,000 a second, 16 s left"


def test_the_last_line_tells_the_time_used() -> None:
    assert describe_progress(200_000, 200_000, 16.4).endswith("16 s")
