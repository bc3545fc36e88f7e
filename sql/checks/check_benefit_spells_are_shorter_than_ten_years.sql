-- check_benefit_spells_are_shorter_than_ten_years
-- Single spells of ten years or more, of benefits that are not permanent.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date, end_date
-- threshold: 0.001
-- means: a wrong year in a date makes years of benefit days
-- what_to_do: look at the spells; ask NAV for the right dates
-- source: our choice

select until_date - start_date > 3652 as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and benefit_code in (
        select benefit_code
        from codelist_benefits
        where is_permanent = 'false'
    )
