-- check_sexes_are_known
-- Persons of unknown sex.
-- family: completeness
-- severity: warning
-- table: stg_ssb__persons
-- column: sex_code
-- threshold: 0.01
-- means: these persons are not matched and leave the study
-- what_to_do: ask SSB for the sex of these persons
-- source: our choice

select sex_code is null as is_broken
from stg_ssb__persons
where broken_rule is null
