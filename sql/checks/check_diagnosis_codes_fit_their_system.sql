-- check_diagnosis_codes_fit_their_system
-- Diagnosis codes that do not begin with a letter and two digits, and codes of ICPC-2 whose
-- letter is none of its chapters.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: diagnosis_code, diagnosis_system
-- threshold: 0.01
-- means: diagnoses cannot be grouped
-- what_to_do: ask NAV which code system the column holds
-- source: register-facts 2.4 and 4

select
    not regexp_matches(diagnosis_code, '^[A-Z][0-9]{2}')
    or (
        left(diagnosis_code, 1) not in (select chapter_letter from codelist_icpc2_chapters)
        and upper(replace(replace(diagnosis_system, '-', ''), ' ', '')) in (
            select diagnosis_system
            from codelist_diagnosis_systems
            where is_icpc2 = 'true'
        )
    ) as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and diagnosis_code is not null
