-- check_benefit_grades_reach_the_least_allowed
-- Grades under the least that the benefit is granted for: sickness benefit begins at 20 per cent.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: grade_percent
-- threshold: 0.01
-- means: grades are on another scale, or belong to another benefit; days count whatever the grade
-- what_to_do: ask NAV what the column holds: per cent, tenths or a share
-- source: register-facts 2.5

select
    grade_percent < (
        select max(cast(benefits.min_grade_percent as double))
        from codelist_benefits as benefits
        where benefits.benefit_code = stg_nav__benefit_spells.benefit_code
    ) as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and benefit_code in (
        select benefit_code
        from codelist_benefits
        where min_grade_percent is not null
    )
