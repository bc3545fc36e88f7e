-- check_benefits_are_not_cut_at_the_first_day_covered
-- Of the spells that start in the first year covered, those that start on its very first day, for
-- benefits paid by the day. A mass there is spells cut to the register.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date
-- threshold: 0.03
-- params: benefits_first_date
-- means: spells and times since their start are too short (left truncation)
-- what_to_do: ask NAV for the true start of spells that ran on the first day
-- source: our choice

select start_date = $benefits_first_date as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and start_date between $benefits_first_date and $benefits_first_date + 364
    and benefit_code in (
        select benefit_code
        from codelist_benefits
        where is_paid_by_day = 'true'
    )
