-- check_counties_are_known
-- Municipality codes whose first two digits are no county, such as 99 for unknown.
-- family: conformance
-- severity: warning
-- table: stg_ssb__residence
-- column: municipality_code
-- threshold: 0.01
-- means: these persons are in no group by place; the estimates do not change
-- what_to_do: ask SSB what the codes mean; abroad and unknown are usual
-- source: register-facts 3.5

select left(municipality_code, 2) not in (select county_code from codelist_counties) as is_broken
from stg_ssb__residence
where
    broken_rule is null
    and municipality_code is not null
