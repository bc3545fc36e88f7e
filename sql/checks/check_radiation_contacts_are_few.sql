-- check_radiation_contacts_are_few
-- Outpatient radiation of inpatients (care level 8).
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: care_level_code
-- threshold: 0.05
-- means: One course of radiation is many outpatient contacts of patients who are not outpatients
-- what_to_do: ask NPR; leave the contacts out if they are in the comparison
-- source: register-facts 1.4; the threshold is our choice

select
    care_level_code in (
        select care_level_code
        from codelist_care_levels
        where is_radiation = 'true'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null
