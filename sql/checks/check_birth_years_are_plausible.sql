-- check_birth_years_are_plausible
-- Birth years before 1900 or after the last year covered.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: birth_year
-- threshold: 0.001
-- params: benefits_last_date
-- means: ages are wrong, and with them who is matched with whom
-- what_to_do: look for default years such as 1850 or 1900
-- source: our choice

select birth_year < 1900 or birth_year > year($benefits_last_date) as is_broken
from stg_ssb__persons
where broken_rule is null
