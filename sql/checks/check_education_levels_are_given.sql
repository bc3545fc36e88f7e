-- check_education_levels_are_given
-- Education codes of unknown level: 9 unspecified, 0 none, or empty.
-- family: completeness
-- severity: warning
-- table: stg_ssb__education
-- column: nus2000_code
-- threshold: 0.1
-- means: these persons are matched as one group, which holds persons of every level
-- what_to_do: ask SSB for later years; report the share
-- source: register-facts 3.1; the share: our choice

select
    education_level_code is null
    or education_level_code not in (
        select education_level_code
        from codelist_education_levels
        where is_level = 'true'
    ) as is_broken
from stg_ssb__education
where broken_rule is null
