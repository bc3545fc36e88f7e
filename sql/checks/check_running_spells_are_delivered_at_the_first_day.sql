-- check_running_spells_are_delivered_at_the_first_day
-- Benefits with spells that start in the first year covered, but none that began by its first day
-- and runs then: only new spells were delivered.
-- family: completeness
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date
-- threshold: 0
-- params: benefits_first_date
-- means: persons with a long benefit look as if they had none before treatment (left truncation)
-- what_to_do: ask NAV for spells that run on the first day, whenever they began
-- source: our choice

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

benefits as (
    select
        benefit_code,
        cast(valid_from as date) as first_day
    from codelist_benefits
),

final as (
    select
        spells.benefit_code || ' ' || $benefits_first_date as place,
        count_if(
            spells.start_date <= $benefits_first_date
            and spells.until_date > $benefits_first_date
        ) = 0 as is_broken
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    where
        (benefits.first_day is null or benefits.first_day < $benefits_first_date)
        and spells.start_date < $benefits_first_date + 365
    group by all
    having count_if(spells.start_date > $benefits_first_date) >= 50
)

select * from final
