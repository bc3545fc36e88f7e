-- check_measures_are_shorter_than_ten_years
-- Measures of ten years or more.
-- family: plausibility
-- severity: warning
-- table: stg_nav__measures
-- column: start_date, end_date
-- threshold: 0.01
-- means: ends are missing, so the measure is taken to go on
-- what_to_do: ask NAV how the end of a measure is registered
-- source: our choice

select until_date - start_date > 3652 as is_broken
from stg_nav__measures
where broken_rule is null
