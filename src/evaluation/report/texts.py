"""Sentences and number formats of the two report languages.

The sentences stand in templates/text.nb.toml and templates/text.en.toml, with the same keys.
"""

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

Language = Literal["nb", "en"]
TEMPLATES = Path(__file__).parent / "templates"
_SOME_SECTORS = "some_sectors."
MINUS, NO_BREAK = "−", "\u00a0"


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences and formats of one language.

    Attributes:
        language: "nb" or "en".
        sentences: Text by "group.key".
    """

    language: Language
    sentences: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence with its braces filled.

        Args:
            key: "group.key" as in the text files.
            **values: What stands in the braces.
        """
        return self.sentences[key].format(**values)

    def name(self, group: str, identifier: object) -> str:
        """Return the name of a sector, outcome, step or the like; the identifier if unknown.

        Args:
            group: Group of the text files.
            identifier: Key within the group.
        """
        fallback = str(identifier)
        if group in ("covariate", "step"):
            fallback = fallback.replace("_", " ").capitalize() if "_" in fallback else fallback
        return self.sentences.get(f"{group}.{identifier}", fallback)

    def of_some_sectors(self) -> "Texts":
        """Return the texts of a study that does not hold all sectors: group some_sectors."""
        own = {
            key.removeprefix(_SOME_SECTORS): text
            for key, text in self.sentences.items()
            if key.startswith(_SOME_SECTORS)
        }
        return replace(self, sentences=self.sentences | own)

    def count(self, value: object) -> str:
        """Format a whole number with grouped thousands.

        Args:
            value: The number, or NA.
        """
        return self._missing(value) or self._local(f"{int(str(value)):,}")

    def number(self, value: Any, *, decimals: int = 1, sign: bool = False) -> str:
        """Format a number with a true minus and never a negative zero.

        Args:
            value: The number, or NA.
            decimals: Digits after the separator.
            sign: Put + before a positive number.
        """
        if self._missing(value):
            return self._missing(value)
        text = f"{float(value):,.{decimals}f}"
        if not text.strip("-0.,"):
            text = text.lstrip("-")
        elif sign and not text.startswith("-"):
            text = "+" + text
        return self._local(text)

    def percent(self, share: Any, *, decimals: int = 1) -> str:
        """Format a share as a percentage.

        Args:
            share: 0 to 1, or NA.
            decimals: Digits after the separator.
        """
        if self._missing(share):
            return self._missing(share)
        space = NO_BREAK if self.language == "nb" else ""
        return f"{self.number(100 * float(share), decimals=decimals)}{space}%"

    def interval(self, low: Any, high: Any, *, decimals: int = 1) -> str:
        """Format the two limits of an interval.

        Args:
            low: Lower limit.
            high: Upper limit.
            decimals: Digits after the separator.
        """
        if self._missing(low) or self._missing(high):
            return self._missing(low) or self._missing(high)
        ends = (self.number(end, decimals=decimals) for end in (low, high))
        return f" {self('cell.to')} ".join(ends).replace(" ", NO_BREAK)

    def p_value(self, value: Any) -> str:
        """Format a p-value with three decimals.

        Args:
            value: 0 to 1, or NA.
        """
        if not self._missing(value) and float(value) < 0.001:
            return "<" + self.number(0.001, decimals=3)
        return self.number(value, decimals=3)

    def join(self, items: list[str]) -> str:
        """Join words to "a, b and c".

        Args:
            items: The words.
        """
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('question.and')} {items[-1]}"

    def setting(self, value: object) -> str:
        """Format the value of a setting.

        Args:
            value: As it stands in the study.
        """
        if isinstance(value, bool):
            return self("cell.yes") if value else self("cell.no")
        if isinstance(value, date):
            return (
                f"{value.day}.{value.month}.{value.year}" if self.language == "nb" else str(value)
            )
        if isinstance(value, tuple):
            return ", ".join(map(str, value)) or self("cell.any")
        if isinstance(value, dict):
            pairs = [f"{name}: {self.setting(inner)}" for name, inner in value.items()]
            return "; ".join(pairs) or self("cell.any")
        if isinstance(value, float):
            return self._local(str(value))
        return str(value).replace("-", MINUS) if isinstance(value, int) else str(value)

    def _missing(self, value: Any) -> str:
        return self("cell.missing") if value is None or pd.isna(value) else ""

    def _local(self, text: str) -> str:
        if self.language == "nb":
            text = text.replace(",", NO_BREAK).replace(".", ",")
        return text.replace("-", MINUS)


@cache
def read_texts(language: Language) -> Texts:
    """Read the sentences of a language.

    Args:
        language: "nb" or "en".
    """
    content = tomllib.loads((TEMPLATES / f"text.{language}.toml").read_text(encoding="utf-8"))
    sentences = {
        f"{group}.{key}": text for group, part in content.items() for key, text in part.items()
    }
    return Texts(language, sentences)
