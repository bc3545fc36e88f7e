-- check_birth_months_are_months
-- Birth months that are no number from 1 to 12.
-- family: conformance
-- severity: warning
-- table: stg_ssb__persons
-- column: birth_month
-- threshold: 0
-- means: ages by month are wrong
-- what_to_do: ask SSB what the column holds, such as year and month together
-- source: our choice

select birth_month not between 1 and 12 as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and birth_month is not null
