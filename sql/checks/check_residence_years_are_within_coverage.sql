-- check_residence_years_are_within_coverage
-- Years of residence after the last year covered.
-- family: conformance
-- severity: warning
-- table: stg_ssb__residence
-- column: year
-- threshold: 0
-- params: contacts_last_date, benefits_last_date
-- means: the column holds another year, such as that of the file
-- what_to_do: ask SSB what the year is
-- source: our choice

select status_year > year(greatest($contacts_last_date, $benefits_last_date)) + 1 as is_broken
from stg_ssb__residence
where broken_rule is null
