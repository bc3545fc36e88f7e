-- check_benefit_grades_are_delivered
-- Spells without a grade, of benefits for which the law sets a least grade. An empty grade is
-- read as full.
-- family: completeness
-- severity: warning
-- table: raw_nav__benefit_spells
-- column: grade_percent
-- threshold: 0.05
-- means: partial sick leave is counted as full wherever an outcome weighs days by grade
-- what_to_do: ask NAV for the grade of every spell
-- source: our choice

select grade_percent is null as is_broken
from raw_nav__benefit_spells
where
    upper(benefit_code) in (
        select benefit_code
        from codelist_benefits
        where min_grade_percent is not null
    )
