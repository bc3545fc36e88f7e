-- check_benefits_start_before_the_last_day_covered
-- Spells that start after the last day that the delivery says it covers.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date
-- threshold: 0
-- params: benefits_last_date
-- means: the delivery covers more than it says, or dates are wrong; such days are in no window
-- what_to_do: correct last_date in delivery.toml, or the file
-- source: our choice

select start_date > $benefits_last_date as is_broken
from stg_nav__benefit_spells
where broken_rule is null
