-- check_immigration_precedes_emigration
-- Persons who immigrated after they emigrated. Some come back; many such rows mean that the dates
-- are of other events.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: immigration_date, emigration_date
-- threshold: 0.5
-- means: who came back is taken for away, and leaves the study
-- what_to_do: ask SSB whether the dates are the first or the last of each kind
-- source: our choice

select immigration_date > emigration_date as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and immigration_date is not null
    and emigration_date is not null
