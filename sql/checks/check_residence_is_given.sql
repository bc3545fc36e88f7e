-- check_residence_is_given
-- Rows of residence without a municipality.
-- family: completeness
-- severity: warning
-- table: stg_ssb__residence
-- column: municipality_code
-- threshold: 0.05
-- means: these persons are in no group by place; the estimates do not change
-- what_to_do: ask SSB whether an empty code means abroad
-- source: our choice

select municipality_code is null as is_broken
from stg_ssb__residence
where broken_rule is null
