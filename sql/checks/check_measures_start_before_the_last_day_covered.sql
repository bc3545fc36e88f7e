-- check_measures_start_before_the_last_day_covered
-- Measures that start after the last day covered.
-- family: conformance
-- severity: warning
-- table: stg_nav__measures
-- column: start_date
-- threshold: 0.01
-- params: benefits_last_date
-- means: the delivery covers more than it says, or dates are wrong
-- what_to_do: correct last_date in delivery.toml, or the file
-- source: our choice

select start_date > $benefits_last_date as is_broken
from stg_nav__measures
where broken_rule is null
