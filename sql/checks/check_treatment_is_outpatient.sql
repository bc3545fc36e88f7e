-- check_treatment_is_outpatient
-- Treatment contacts that are not outpatient.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: care_level_code, debitor_code
-- threshold: 0.3
-- means: The published study found few inpatients among the treated; this delivery is another mix
-- what_to_do: compare the institutions; see whether care levels are turned round
-- source: seed-facts (SINTEF 2022:00168: inpatients are a small share); the threshold is our
--   choice

select
    not care_level_code in (
        select care_level_code
        from codelist_care_levels
        where is_outpatient = 'true'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null and list_contains($debitor_codes, debitor_code)
