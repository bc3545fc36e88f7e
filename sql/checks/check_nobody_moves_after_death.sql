-- check_nobody_moves_after_death
-- Emigration or immigration after death.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: death_date, emigration_date, immigration_date
-- threshold: 0
-- means: persons are mixed, or a date is wrong
-- what_to_do: ask SSB for the right dates
-- source: our choice

select greatest(emigration_date, immigration_date) > death_date as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and death_date is not null
    and (emigration_date is not null or immigration_date is not null)
