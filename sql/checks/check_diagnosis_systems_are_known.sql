-- check_diagnosis_systems_are_known
-- Diagnosis systems outside the code list. Case, hyphens and blanks do not matter.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: diagnosis_system
-- threshold: 0
-- means: diagnoses of ICPC-2 and ICD-10 look alike and are taken for each other
-- what_to_do: ask NAV what the codes mean; add them to diagnosis_systems.csv
-- source: register-facts 2.4

select
    upper(replace(replace(diagnosis_system, '-', ''), ' ', ''))
    not in (select diagnosis_system from codelist_diagnosis_systems) as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and diagnosis_system is not null
