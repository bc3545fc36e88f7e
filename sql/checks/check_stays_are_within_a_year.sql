-- check_stays_are_within_a_year
-- Contacts that last more than a year.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: end_date
-- threshold: 0.001
-- means: The window after treatment is spent in the hospital
-- what_to_do: ask NPR whether the end date is wrong; long stays in mental health care are real
-- source: our choice

select end_date - start_date > 365 as is_broken
from stg_npr__contacts
where broken_rule is null
