"""Write the pages of the quality catalogue from the headers of sql/checks.

`python -m evaluation.quality.pages SQL DOCS` writes one page a check and an index; pages of
checks that are gone are removed. A page says nothing that its header does not say.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from evaluation.quality.forms import name_form
from evaluation.warehouse.models import SqlModel, read_sql_checks

_FIELD_LINE = re.compile(r"^\w+: | {2}")
_FORMS = {
    "row rule": "each row by itself",
    "rows": "each row, together with others",
    "cells": "cells of counts",
}
_FAMILIES = {
    "conformance": "values, codes, dates and keys have the form they should have",
    "completeness": "what should be there is there",
    "plausibility": "what is there can be true",
}
_SEVERITIES = {
    "contract": "the delivery breaks the contract: the run stops with exit code 3",
    "error": "the run stops with exit code 4",
    "warning": "reported, and the run goes on",
}


def build_pages(checks: Mapping[str, SqlModel]) -> dict[str, str]:
    """Write the pages: file name -> text in Markdown.

    Args:
        checks: The files of sql/checks.
    """
    pages = {f"{name}.md": _page(check) for name, check in sorted(checks.items())}
    return {"README.md": _index(checks), **pages}


def write_pages(sql_folder: Path, folder: Path) -> None:
    """Write the pages into a folder, and remove those of checks that are gone.

    Args:
        sql_folder: The sql/ folder.
        folder: Where the pages stand; made when absent.
    """
    pages = build_pages(read_sql_checks(sql_folder))
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def describe_rule(check: SqlModel) -> str:
    """Return the sentences of a check's header, without its fields.

    Args:
        check: A file of sql/checks.
    """
    lines = check.description.splitlines()
    return " ".join(line for line in lines if not _FIELD_LINE.match(line))


def _page(check: SqlModel) -> str:
    fields = check.fields
    rows = {
        "family": f"{fields['family']}: {_FAMILIES[fields['family']]}",
        "severity": f"{fields['severity']}: {_SEVERITIES[fields['severity']]}",
        "fails when": _fails_when(check),
        "table": f"`{fields['table']}`",
        "column": fields["column"],
        "looks at": _FORMS[name_form(check)],
        "source": fields["source"],
    }
    if "lists" in fields:
        rows["unknown codes"] = f"listed with their rows when they look like `{fields['lists']}`"
    lines = [f"# {check.name}", "", describe_rule(check), ""]
    lines += ["| | |", "|---|---|", *(f"| {label} | {text} |" for label, text in rows.items()), ""]
    lines += [f"**A failure means:** {fields['means']}.", ""]
    lines += [f"**What to do:** {fields['what_to_do']}.", ""]
    lines += [f"[The rule in SQL](../../sql/checks/{check.name}.sql) · [All checks](README.md)", ""]
    return "\n".join(lines)


def _fails_when(check: SqlModel) -> str:
    unit = "cells" if name_form(check) == "cells" else "rows"
    share = float(check.fields["threshold"])
    if not share:
        return f"one of the {unit} examined breaks the rule; a study may allow more"
    return (
        f"more than {_percent(check.fields['threshold'])} of the {unit} examined break the rule;"
        " a study may set another limit"
    )


def _index(checks: Mapping[str, SqlModel]) -> str:
    lines = [
        "# The quality catalogue",
        "",
        f"{len(checks)} checks, run before anything is estimated. Made by `make docs` from the"
        " headers in sql/checks; change those.",
        "",
        "A check **passes** when the share of what it examines that breaks it is at most the"
        " threshold, and **fails** above it. It is **not applicable** when there is nothing to"
        " examine, and in **error** when it could not be computed. Thresholds are in the headers;"
        " a study sets others under `[quality] thresholds`. What was found is in"
        " `results/quality.csv`, where it was found in `results/quality_places.csv`.",
        "",
    ]
    for family, meaning in _FAMILIES.items():
        lines += [f"## {family.capitalize()}: {meaning}", ""]
        lines += ["| check | table | severity | threshold |", "|---|---|---|--:|"]
        lines += [
            f"| [{name}]({name}.md) | {check.fields['table']} | {check.fields['severity']} |"
            f" {_percent(check.fields['threshold'])} |"
            for name, check in sorted(checks.items())
            if check.fields["family"] == family
        ]
        lines.append("")
    return "\n".join(lines)


def _percent(threshold: str) -> str:
    return f"{float(threshold) * 100:g} %"


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]), Path(sys.argv[2]))
