-- check_education_codes_are_known
-- NUS2000 codes that are not six digits, or whose first digit is no level; those that are not six
-- digits stand in quarantine.
-- family: conformance
-- severity: warning
-- table: stg_ssb__education
-- column: nus2000_code
-- threshold: 0
-- lists: [0-9]{6}
-- means: the persons are matched on an older level of education, or on none
-- what_to_do: ask SSB which version of NUS the column holds, and for six digits
-- source: register-facts 3.1

select
    not regexp_full_match(nus2000_code, '[0-9]{6}')
    or left(nus2000_code, 1) not in (
        select education_level_code
        from codelist_education_levels
    ) as is_broken
from stg_ssb__education
where nus2000_code is not null
