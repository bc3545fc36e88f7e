"""Disclosure control: which counts of persons may leave the secure environment in a report.

The rules, for every table:

* A count of 1 to `min_cell_count` - 1 persons is small. It is hidden, and with it every
  statistic of the row that rests on it. A true zero stays.
* What could give a hidden count back by subtraction is hidden too; how, depends on the table.
* Hidden cells are NA. Each table gains `is_hidden` (something in the row is hidden) and
  `small_counts` (names of the counts that are themselves small; only these may be shown as
  "<5").
* Counts of rows, such as quarantined rows, are not counts of persons and are left alone.

What is hidden against subtraction:

* Estimates, event study, verification, balance: counts, means and estimates of ALL where a
  sector's count is small: ALL less the sectors shown would give back the mean of a few.
* Subgroups: everybody less the levels shown of a variable, and ALL less the sectors shown of a
  level, is nobody or at least twice `min_cell_count`; else more is hidden. The tests judged
  together are shown without counts. Services have no names, and no counts are shown of them.
* Notes of the estimators on a sector whose counts are hidden are left out.
* Composition: the persons of ALL in a year in which the sectors add up to only a few more,
  because the difference counts those treated in two sectors.
* Shares of a whole (sectors within a year, levels of a covariate): the smallest other cell of
  at least twice `min_cell_count`, or, where there is none, every cell but the zeros.
* Attrition: no two numbers shown of a sector and arm differ by a small count; four rules.
    1. A small number of persons is hidden; at the last step the other arm's with it, since
       the number of controls to one treated would tell.
    2. The last step stays, as the estimates repeat it, then the first, then going back from
       the last those between; each only if no number shown already is close to it.
    3. Where a sector's number is small, that of ALL is hidden; where a sector's is hidden by
       rule 2, those of all sectors are, and ALL stays. So sectors and ALL never subtract.
    4. The number excluded is shown only between two steps that are both shown, and never
       when small.
* Matched share: what the attrition hides, and what is close to a number it shows. The share
  itself is rounded to whole per cent where a count of it is hidden, or hidden too where
  rounding would still give the count back.
* Linkage: where the few unlinked are hidden, so are the linked.
* States and return to work: no count of events or states is shown, and shares are rounded to a
  step of which one half is `min_cell_count` persons or more: to whole per cent from 1000
  persons (at 5), coarser with fewer, not shown below 200. Shares of a whole are rounded so that
  they add up. At least `min_cell_count` counts fit each rounded share, and more fit a difference
  between periods, days, or ALL and sectors. Numbers at risk are rounded to twice it.
* Event study: the means of the arms, which are drawn as paths, are rounded likewise, as shares
  of the days of a period (to 0.3 of 30 days from 1000 persons), and not shown below 200. The
  difference between the arms and its limits follow the rule of estimates.
* Diagnostics: numbers that rest on few are hidden, sentences and shares of persons always; which
  diagnostic passed or failed never is. Reasons of the gate hold no count.
* Specifications and sensitivity: the same estimate on nearly the same persons, so that two rows
  would subtract to a few. Small rows are hidden like estimates; counts are rounded to twice
  `min_cell_count`, effects and limits to a tenth of a day, shares and p-values to a hundredth.

Not here: protection of two reports against each other, and of free text.

Modules: `marks` (what is small, how it is marked), `cells` (rules for one row, a pooled row and
a whole), `subgroups` (levels not shown), `steps` (attrition), `matched` (matched share),
`rounding` (states, moves, return to work, means by period), `notes` (what estimators say),
`tables` (which rule for which table).
"""

from evaluation.disclosure.notes import hide_notes
from evaluation.disclosure.tables import disclose_tables

__all__ = ["disclose_tables", "hide_notes"]
