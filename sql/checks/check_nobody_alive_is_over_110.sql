-- check_nobody_alive_is_over_110
-- Persons over 110 years on the last day covered who neither died nor emigrated.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: birth_year, death_date
-- threshold: 0.0001
-- params: benefits_last_date
-- means: deaths are missing: the dead count as persons without benefits
-- what_to_do: ask SSB for deaths of the whole period
-- source: our choice

select year($benefits_last_date) - birth_year > 110 as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and death_date is null
    and emigration_date is null
