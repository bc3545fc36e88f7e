-- check_contacts_end_after_they_start
-- Contacts delivered with an end before the start; they are in quarantine.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: end_date
-- threshold: 0.001
-- means: Lost contacts: a treated person may stand as a control, or be missing
-- what_to_do: look at the rows in restricted/quarantine.parquet; a date format may be turned
--   round
-- source: our choice

select broken_rule = 'end_before_start' as is_broken
from stg_npr__contacts
where broken_rule is null or broken_rule = 'end_before_start'
