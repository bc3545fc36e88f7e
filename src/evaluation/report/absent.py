"""Why something is not shown: withheld by the gate, too few persons, or never estimated.

A section says it in words: nothing is left out silently, and no heading stands alone.
"""

from collections.abc import Mapping

from evaluation.report.content import Context
from evaluation.report.effects import Effects, is_shown, is_unassessed, is_withheld, read_effects
from evaluation.report.gate import name_reasons

_Key = tuple[str, str]


def find_withheld(context: Context) -> Effects:
    """Find the main estimates that the gate withholds, by (sector, outcome).

    Args:
        context: Disclosed tables.
    """
    return {key: row for key, row in read_effects(context).items() if is_withheld(row)}


def find_withheld_sectors(context: Context) -> Mapping[str, str]:
    """Find the sectors where the gate withholds an estimate of an outcome, with the reasons.

    What describes a sector for all outcomes at once may not show there what came after.

    Args:
        context: Disclosed tables.
    """
    reasons: dict[str, list[str]] = {}
    for (sector, _), row in find_withheld(context).items():
        reasons.setdefault(sector, []).append(name_reasons(context, row))
    return {sector: "; ".join(dict.fromkeys(each)) for sector, each in reasons.items()}


def name_cases(context: Context, keys: list[_Key]) -> str:
    """Name sectors with their outcomes, "somatic care; mental health care (sick leave)".

    Args:
        context: Words.
        keys: (sector, outcome) in order; a sector with all outcomes is named alone.
    """
    texts, names, is_split = context.texts, [], False
    for sector in dict.fromkeys(sector for sector, _ in keys):
        mine = [outcome for name, outcome in keys if name == sector]
        name = texts.name("sector_in_sentence", sector)
        if set(mine) >= set(context.outcomes):
            names.append(name)
            continue
        is_split = True
        outcomes = [texts.name("outcome_in_sentence", outcome) for outcome in mine]
        names.append(texts("answer.case", sector=name, outcome=texts.join(outcomes)))
    # Else outcomes of the last would seem to be those of all.
    return "; ".join(names) if is_split else texts.join(names)


def tell_withheld(context: Context, key: str) -> list[str]:
    """Fill a sentence with the names of what the gate withholds; none where it withholds nothing.

    Args:
        context: Disclosed tables.
        key: Sentence with the brace `list`.
    """
    withheld = list(find_withheld(context))
    return [context.texts(key, list=name_cases(context, withheld))] if withheld else []


def tell_missing(context: Context) -> list[str]:
    """Say which main estimates a section leaves out, and why, and which nobody has judged.

    Empty where all are shown and judged.

    Args:
        context: Disclosed tables.
    """
    texts, effects = context.texts, read_effects(context)
    if not effects:
        return [texts("absent.none")]
    withheld = find_withheld(context)
    if len(withheld) == len(effects):
        return [texts("absent.all_withheld")]
    few = [key for key, row in effects.items() if key not in withheld and not is_shown(row)]
    unjudged = [key for key, row in effects.items() if is_shown(row) and is_unassessed(row)]
    lines = tell_withheld(context, "absent.withheld")
    lines += [texts("event.hidden", list=name_cases(context, few))] if few else []
    return lines + (
        [texts("absent.unjudged", list=name_cases(context, unjudged))] if unjudged else []
    )


def tell_undrawn(context: Context, table: str, key: str) -> list[str]:
    """Say why a section that hides what came after withheld effects has nothing to draw.

    Args:
        context: Disclosed tables.
        table: Name in `schemas.TABLES`.
        key: Sentence with the brace `list` about what the gate withholds.
    """
    withheld = tell_withheld(context, key)
    if context.table(table) is None or not withheld:
        return [tell_empty(context, table)]
    is_all = len(find_withheld(context)) == len(read_effects(context))
    return [context.texts("absent.all_withheld")] if is_all else withheld


def tell_empty(context: Context, table: str) -> str:
    """Say why a section that draws a table of results has nothing to draw.

    Args:
        context: Disclosed tables.
        table: Name in `schemas.TABLES`.
    """
    return context.texts("absent.no_rows" if context.table(table) is None else "absent.all_few")
