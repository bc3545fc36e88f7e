-- check_deaths_follow_births
-- Deaths in a year before the year of birth.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: birth_year, death_date
-- threshold: 0
-- means: persons are mixed, or a date is wrong; they leave the study as dead
-- what_to_do: ask SSB for the right dates
-- source: our choice

select year(death_date) < birth_year as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and death_date is not null
