"""Write a delivery of synthetic registers with a known truth.

Made block by block (block.py, workers.py) and written in the order of the blocks (sinks.py).
Same scenario, number and seed give the same bytes, on any number of cores.
The registers are made from published aggregates only; no row comes from a person.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from synthetic_data.manifest import write_manifest
from synthetic_data.npr_files import build_institutions
from synthetic_data.parts import FORMATS, Format
from synthetic_data.raw_forms import RawOptions, write_raw_delivery
from synthetic_data.scenario import MADE_FROM, list_scenarios, read_scenario
from synthetic_data.sinks import DeliveryFiles
from synthetic_data.streams import BLOCK_PERSONS
from synthetic_data.truth import build_parameters, combine_summaries, write_parameters
from synthetic_data.workers import default_workers, stream_blocks

__all__ = ["list_scenarios", "write_delivery"]

Progress = Callable[[int, int], None]

FEWEST_PERSONS = 1000
MOST_RAW_PERSONS = 50_000
"""Files in raw form are written row by row."""


def write_delivery(
    *,
    scenario: str,
    persons: int,
    seed: int,
    out: Path,
    progress: Progress | None = None,
    file_format: Format = "csv",
    workers: int | None = None,
    blocks_at_once: int = 1,
) -> None:
    """Write the delivery folder `out`, whole or not at all.

    Args:
        scenario: One of `list_scenarios()`.
        persons: Size of the population, at least 1,000.
        seed: Any whole number from 0.
        out: The folder; it must not exist, or be empty.
        progress: Called after each block with persons done and persons in all.
        file_format: csv or parquet.
        workers: Processes; all cores when left out. Changes no byte.
        blocks_at_once: Blocks that a process makes at a time. Changes no byte.

    Raises:
        ValueError: Unknown scenario or format, too few persons or a negative seed.
        FileExistsError: `out` holds something.
    """
    parameters = read_scenario(scenario)
    is_raw = parameters.get("delivery", {}).get("form") == "raw"
    _validate(persons, seed, file_format, most=MOST_RAW_PERSONS if is_raw else None)
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(
            f"{out} exists and is not empty; nothing was written. Give another folder, or"
            " remove this one first."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}-unfinished-", dir=out.parent))
    about = {"scenario": scenario, "persons": persons, "seed": seed}
    try:
        _write_files(
            parameters,
            about,
            unfinished,
            file_format=file_format,
            progress=progress or _say_nothing,
            workers=workers or default_workers(),
            blocks_at_once=blocks_at_once,
        )
        if is_raw:
            _turn_raw(unfinished, seed)
        unfinished.chmod(0o755)
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _say_nothing(done: int, of: int) -> None:
    """Ignore progress."""


def _turn_raw(folder: Path, seed: int) -> None:
    """Put files as register owners send them in the place of the plain ones."""
    pair = folder / "pair"
    write_raw_delivery(folder, pair, options=RawOptions(seed=seed))
    for plain in ("npr", "nav", "ssb"):
        shutil.rmtree(folder / plain)
    (folder / "kobling.csv").unlink()
    (folder / "delivery.toml").unlink()
    for path in sorted((pair / "raw").iterdir()):
        path.rename(folder / path.name)
    spec = folder / "delivery.toml"
    spec.write_text(f"{MADE_FROM}\n{spec.read_text(encoding='utf-8')}", encoding="utf-8")
    for path in pair.glob("planted_*.parquet"):
        path.rename(folder / "truth" / path.name)
    shutil.rmtree(pair)


def _validate(persons: int, seed: int, file_format: str, *, most: int | None) -> None:
    if persons < FEWEST_PERSONS:
        raise ValueError(
            f"persons is {persons}; it must be at least {FEWEST_PERSONS}. Typical: 200000."
        )
    if most is not None and (persons > most or file_format != "csv"):
        raise ValueError(
            f"persons is {persons} and format {file_format}; this scenario is written row by row:"
            f" at most {most} persons, in its own mixture of file kinds (format csv)."
        )
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be 0 or above. Typical: 1.")
    if file_format not in FORMATS:
        raise ValueError(f"format is {file_format!r}; it must be one of: {', '.join(FORMATS)}.")


def _write_files(
    scenario: dict[str, Any],
    about: dict[str, Any],
    folder: Path,
    *,
    file_format: Format,
    progress: Progress,
    workers: int,
    blocks_at_once: int,
) -> None:
    summaries = []
    blocks = stream_blocks(
        about["scenario"],
        seed=about["seed"],
        persons=about["persons"],
        file_format=file_format,
        workers=workers,
        blocks_at_once=blocks_at_once,
    )
    with DeliveryFiles(folder, file_format) as files:
        files.add_table("npr/institusjon", build_institutions(scenario))
        for number, parts in enumerate(blocks, start=1):
            files.add(parts)
            summaries.append(parts.summary)
            progress(min(number * BLOCK_PERSONS, about["persons"]), about["persons"])
    summary = combine_summaries(summaries)
    pq.write_table(summary, folder / "truth" / "summary.parquet")
    told = {name: scenario[name] for name in ("title", "equations", "true_effect", "bias")}
    planted = {"planted": scenario["planted"], "effects": scenario["effects"]}
    threats = {name: scenario[name] for name in ("threat", "multiplier") if name in scenario}
    parameters = build_parameters({**about, **told, **planted, **threats}, summary)
    write_parameters(parameters, folder / "truth")
    write_manifest(about, folder, file_format)
