"""The command `evaluation`: parses, calls, exits. Imports inside functions keep --help fast."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from evaluation.errors import EvaluationError, describe_unexpected

if TYPE_CHECKING:
    from evaluation.warehouse.connection import RunSettings

_Command = TypeVar("_Command", bound=Callable[..., None])
_FOLDER = click.Path(path_type=Path)
_EXIT_CODES = """
\b
Exit codes:
  0  done
  2  wrong usage, or the study protocol is wrong
  3  the delivery breaks the contract
  4  a quality check stops the run
  5  the gate withheld every estimate
  6  disclosure control refused the release
  1  anything else
"""


@contextmanager
def _told() -> Iterator[None]:
    """Print an error for people, and leave with its exit code."""
    try:
        yield
    except EvaluationError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        # A traceback could print a value from the data.
        click.echo(f"error: {describe_unexpected(error)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("stopped. Run again to go on; what was built is kept.", err=True)
        sys.exit(1)


@click.group(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evaluation")
def main() -> None:
    """What a treatment did to sickness absence, from linked registers.

    Start with `evaluation demo`: it makes synthetic registers with a known effect, runs the
    study of Raskere tilbake on them, and shows estimates beside the planted truth.
    """


def _settings(threads: int | None, memory: str) -> "RunSettings":
    from evaluation.warehouse.connection import RunSettings

    default = RunSettings()
    return RunSettings(threads=threads or default.threads, memory=memory)


def _run_options(command: _Command) -> _Command:
    command = click.option(
        "--threads", type=click.IntRange(1), help="Threads; default: all cores."
    )(command)
    return click.option(
        "--memory",
        default="4GB",
        show_default=True,
        callback=_check_memory,
        help="Memory limit of the database; what exceeds it spills to a protected folder.",
    )(command)


def _check_memory(_context: click.Context, _option: click.Parameter, value: str) -> str:
    number = value.upper().removesuffix("GB").removesuffix("MB")
    if not value.upper().endswith(("GB", "MB")) or not number.isdigit() or int(number) == 0:
        raise click.BadParameter(f"{value!r} is not a size; give for example 8GB or 500MB.")
    return value


@main.command(epilog=_EXIT_CODES)
@click.option("--scenario", default="sintef", show_default=True, help="Which truth to plant.")
@click.option("--persons", default=200_000, show_default=True, type=int, help="Population.")
@click.option("--seed", default=1, show_default=True, type=int, help="Any whole number from 0.")
@click.option("--out", type=_FOLDER, required=True, help="The delivery folder to make.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the register files; Parquet is smaller and faster.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes; default: all cores.")
def synth(
    scenario: str, persons: int, seed: int, out: Path, file_format: str, workers: int | None
) -> None:
    """Make synthetic registers with a known effect.

    The folder OUT becomes a delivery as a register owner would send it, with the planted
    effects in OUT/truth. Same scenario, number, seed and format give the same bytes, whatever
    the number of processes. Made from published aggregates only: no row comes from a person.
    """
    from evaluation.synth_command import synthesize

    with _told():
        synthesize(scenario, persons, seed, out, file_format=file_format, workers=workers)


@main.command(epilog=_EXIT_CODES)
@click.argument("delivery", type=_FOLDER)
@click.option("--out", type=_FOLDER, help="Where they go; default: check-<delivery id>.")
@click.option("--json", "as_json", is_flag=True, help="Print check.json, and the rest to stderr.")
@click.option(
    "--header-only",
    is_flag=True,
    help="Read names and types of columns and not one row; for use before approval.",
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Write a first delivery.toml into a received folder, for a person to finish.",
)
@_run_options
def check(
    delivery: Path,
    out: Path | None,
    as_json: bool,
    header_only: bool,
    suggest: bool,
    threads: int | None,
    memory: str,
) -> None:
    """Check a delivery: contract, quality and linkage. Nothing is estimated.

    DELIVERY is a folder with delivery.toml; it may lack tables that a run needs. check.html
    and check.json are written whatever the verdict; they hold counts only, but small ones too,
    and stay in the zone. Row-level data are read into a temporary folder that only you can
    read, and that is removed at the end. With --suggest DELIVERY is a folder as it was
    received, without a delivery.toml.
    """
    if suggest and (header_only or as_json):
        raise click.UsageError("--suggest goes alone; look at what it wrote with --header-only.")
    with _told():
        if suggest:
            from evaluation.received import suggest_delivery

            suggest_delivery(delivery)
        elif header_only:
            from evaluation.received import check_headers

            check_headers(delivery, as_json=as_json)
        else:
            from evaluation.check_command import check_delivery

            check_delivery(delivery, _settings(threads, memory), as_json=as_json, out=out)


@main.command(epilog=_EXIT_CODES)
@click.argument("study", type=_FOLDER)
@click.option("--delivery", type=_FOLDER, required=True, help="Folder with delivery.toml.")
@click.option("--out", type=_FOLDER, required=True, help="Where results go.")
@_run_options
def run(study: Path, delivery: Path, out: Path, threads: int | None, memory: str) -> None:
    """Run STUDY on a delivery: from register files to the reports.

    STUDY is a protocol such as pipelines/studies/raskere_tilbake.toml. Results are put in
    place when all of them are done; a run that stops leaves the previous ones whole, and the
    next one goes on where it stopped.
    """
    from evaluation.commands import run_study

    with _told():
        run_study(study, delivery, out, _settings(threads, memory))


@main.command(epilog=_EXIT_CODES)
@click.argument("out", type=_FOLDER)
@click.option("--truth", type=_FOLDER, required=True, help="DELIVERY/truth.")
@_run_options
def verify(out: Path, truth: Path, threads: int | None, memory: str) -> None:
    """Set the estimates in OUT beside the planted truth of synthetic registers."""
    from evaluation.commands import verify_results

    with _told():
        verify_results(out, truth, _settings(threads, memory))


@main.command(epilog=_EXIT_CODES)
@click.argument("out", type=_FOLDER)
@click.option("--lang", type=click.Choice(["nb", "en"]), help="Name one language's file only.")
def report(out: Path, lang: str | None) -> None:
    """Make the reports in OUT again from its results; nothing is computed anew."""
    from evaluation.commands import make_reports

    with _told():
        make_reports(out, [lang] if lang else ["nb", "en"])


@main.command(epilog=_EXIT_CODES)
@click.option("--folder", type=_FOLDER, default="demo", show_default=True, help="Where to work.")
@click.option("--persons", default=200_000, show_default=True, type=int, help="Population.")
@click.option("--seed", default=1, show_default=True, type=int, help="Any whole number from 0.")
@_run_options
def demo(folder: Path, persons: int, seed: int, threads: int | None, memory: str) -> None:
    """Synthetic registers, the default study, and its estimates beside the truth.

    FOLDER/delivery and FOLDER/out are made anew each time.
    """
    from evaluation.commands import run_demo
    from evaluation.synth_command import synthesize

    with _told():
        run_demo(
            folder,
            lambda out: synthesize("sintef", persons, seed, out),
            _settings(threads, memory),
        )


if __name__ == "__main__":
    main()
