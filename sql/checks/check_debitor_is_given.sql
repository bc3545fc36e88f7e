-- check_debitor_is_given
-- Contacts without debitor_code.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: debitor_code
-- threshold: 0.02
-- means: A treated person without the code stands among the controls
-- what_to_do: see which file and year lacks it, and ask NPR for it
-- source: our choice

select debitor_code is null or debitor_code = '' as is_broken
from stg_npr__contacts
where broken_rule is null
