-- check_outpatient_contacts_end_the_same_day
-- Outpatient contacts that end on a later day than they start.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: care_level_code, end_date
-- threshold: 0.01
-- means: Stays may be coded as outpatient contacts, and be compared as if they were
-- what_to_do: ask NPR; compare the institutions and years
-- source: register-facts 8.1; the threshold is our choice

select end_date > start_date as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and care_level_code in (
        select care_level_code
        from codelist_care_levels
        where is_outpatient = 'true'
    )
