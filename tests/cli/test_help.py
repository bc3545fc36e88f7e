import json
import subprocess
import sys

import click
import pytest

from evaluation.cli import main

COMMANDS = sorted(main.commands)
PARAMETERS = [
    pytest.param(name, parameter, id=f"{name} {parameter.name}")
    for name, command in main.commands.items()
    for parameter in command.params
    if isinstance(parameter, click.Option)
]


EXIT_CODES = [0, 2, 3, 4, 5, 6, 1]


def exit_codes(text: str) -> list[int]:
    listed = text.split("Exit codes:")[1].strip().splitlines()
    return [int(line.split()[0]) for line in listed]


def test_the_commands_of_the_contract_are_there() -> None:
    assert {"synth", "check", "run", "verify", "report", "demo"} <= set(COMMANDS)


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_command_and_every_exit_code(flag: str, evaluation) -> None:
    result = evaluation(flag)
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"  {command} " in result.stdout
    assert exit_codes(result.stdout) == EXIT_CODES


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_and_what_each_option_is(command: str, evaluation) -> None:
    result = evaluation(command, "--help")
    assert result.exit_code == 0
    text = main.commands[command].help or ""
    assert text
    assert text.split("\n")[0].split(":")[0][:60] in result.stdout
    assert exit_codes(result.stdout) == EXIT_CODES


@pytest.mark.parametrize(("command", "option"), PARAMETERS)
def test_every_option_has_a_help_text(command: str, option: click.Option) -> None:
    assert option.help, f"evaluation {command} {option.opts[0]}"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import json, sys\n"
        "from evaluation.cli import main\n"
        "try:\n"
        "    main(json.loads(sys.argv[1]))\n"
        "finally:\n"
        "    heavy = {'dagster', 'pandas', 'duckdb', 'numpy', 'pyarrow', 'pydantic', 'altair'}\n"
        "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"


def test_the_version_is_told(evaluation) -> None:
    result = evaluation("--version")
    assert result.exit_code == 0
    assert "0." in result.stdout
