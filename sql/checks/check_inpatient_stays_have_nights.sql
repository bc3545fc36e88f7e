-- check_inpatient_stays_have_nights
-- Inpatient stays (care level 1) that end on the day they start.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: care_level_code, end_date
-- threshold: 0.05
-- means: Outpatient contacts may be coded as stays, and be missing from the comparison
-- what_to_do: ask NPR; compare the institutions and years
-- source: register-facts 1.4; the threshold is our choice

select end_date = start_date as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and care_level_code in (
        select care_level_code
        from codelist_care_levels
        where has_nights = 'true'
    )
