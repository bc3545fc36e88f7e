-- check_care_level_is_given
-- Contacts without care_level_code.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: care_level_code
-- threshold: 0.02
-- means: A contact of unknown care level is not outpatient, and so no comparison in two sectors
-- what_to_do: see which file and year lacks it, and ask NPR for it
-- source: our choice

select care_level_code is null or care_level_code = '' as is_broken
from stg_npr__contacts
where broken_rule is null
