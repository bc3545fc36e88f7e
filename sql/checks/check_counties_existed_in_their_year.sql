-- check_counties_existed_in_their_year
-- Municipality codes of a county that did not exist in the year of the row: codes were moved to
-- another division of the country.
-- family: conformance
-- severity: warning
-- table: stg_ssb__residence
-- column: municipality_code, year
-- threshold: 0.01
-- means: groups by place mix old and new counties, or the year is not that of the residence
-- what_to_do: ask SSB which year the division of the country is of
-- source: register-facts 3.5

select
    not exists (
        select 1
        from codelist_counties as counties
        where
            counties.county_code = left(municipality_code, 2)
            and status_year
            between coalesce(cast(counties.first_year as integer), 0)
            and coalesce(cast(counties.last_year as integer), 9999)
    ) as is_broken
from stg_ssb__residence
where
    broken_rule is null
    and left(municipality_code, 2) in (select county_code from codelist_counties)
