-- check_benefits_end_before_the_last_day_covered
-- Spells with an end after the last day that the delivery says it covers. Ends granted ahead are
-- usual, many are not.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: end_date
-- threshold: 0.05
-- params: benefits_last_date
-- means: last_date may be too early, and windows that could be seen are taken for uncovered
-- what_to_do: correct last_date in delivery.toml if the register covers more
-- source: our choice

select until_date - 1 > $benefits_last_date as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and not is_ongoing
