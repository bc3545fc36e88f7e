-- check_open_spells_are_recent
-- Spells without an end that began longer before the last day covered than such a benefit may
-- last.
-- family: completeness
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: end_date
-- threshold: 0.05
-- params: benefits_last_date
-- means: missing ends are read as ongoing benefit: days after treatment are too many
-- what_to_do: ask NAV whether an empty end means ongoing or unknown
-- source: register-facts 2.5

select
    start_date < $benefits_last_date - (
        select max(cast(benefits.longest_weeks as integer)) * 7
        from codelist_benefits as benefits
        where benefits.benefit_code = stg_nav__benefit_spells.benefit_code
    ) as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and is_ongoing
    and benefit_code in (
        select benefit_code
        from codelist_benefits
        where longest_weeks is not null
    )
