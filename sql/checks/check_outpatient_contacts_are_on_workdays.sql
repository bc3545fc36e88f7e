-- check_outpatient_contacts_are_on_workdays
-- Outpatient contacts on a Saturday or Sunday.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: start_date
-- threshold: 0.2
-- means: When contacts lie evenly over the week their dates were moved, and days around them are
--   wrong
-- what_to_do: ask NPR whether dates were shifted or made up before delivery
-- source: our choice; dates without a week have 28.6 %

select dayofweek(start_date) in (0, 6) as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and care_level_code in (
        select care_level_code
        from codelist_care_levels
        where is_outpatient = 'true'
    )
