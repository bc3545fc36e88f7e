-- check_care_levels_are_known
-- Care levels outside the code list.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: care_level_code
-- threshold: 0
-- lists: [A-Z0-9]{1,2}
-- means: A contact of unknown care level is not outpatient, and so no comparison in two sectors
-- what_to_do: ask NPR what the codes mean; add them to sql/codelists/care_levels.csv
-- source: register-facts 1.4

select
    care_level_code not in (
        select care_level_code
        from codelist_care_levels
    ) as is_broken
from stg_npr__contacts
where broken_rule is null
