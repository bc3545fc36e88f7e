-- check_first_day_starts_come_from_replaced_benefits
-- Spells that start on the day a benefit came into force, as AAP on 2010-03-01, by persons who
-- had none of the benefits it replaced up to the day before. 79 per cent of the AAP recipients of
-- 2010 were transferred.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: benefit_code, start_date
-- threshold: 0.21
-- params: benefits_first_date
-- means: older benefits are missing or under another key: days across the reform differ
-- what_to_do: ask NAV for the older benefits of the same persons
-- source: register-facts 2.5

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

benefits as (
    select * from codelist_benefits
),

converted as (
    select distinct
        spells.nav_id,
        benefits.replaced_by
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    where benefits.replaced_by is not null and spells.until_date > cast(benefits.valid_to as date)
),

final as (
    select
        spells.file_index,
        spells.row_number,
        converted.nav_id is null as is_broken
    from spells
    inner join benefits
        on
            spells.benefit_code = benefits.benefit_code
            and spells.start_date = cast(benefits.valid_from as date)
    left join converted
        on spells.nav_id = converted.nav_id and spells.benefit_code = converted.replaced_by
    where
        spells.benefit_code in (select replaced_by from codelist_benefits)
        and spells.start_date > $benefits_first_date
)

select * from final
