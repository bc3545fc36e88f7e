-- check_contacts_are_not_piled_on_the_first
-- Contacts that start on the first day of a month.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: start_date
-- threshold: 0.1
-- means: Dates known by the month only were filled in, and days around them are wrong
-- what_to_do: ask NPR for dates with their day
-- source: our choice; evenly spread dates have 3.3 %

select day(start_date) = 1 as is_broken
from stg_npr__contacts
where broken_rule is null
