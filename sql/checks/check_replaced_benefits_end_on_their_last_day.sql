-- check_replaced_benefits_end_on_their_last_day
-- A benefit that was replaced ends for everybody on one day: if spells of it reach the last weeks
-- but none ends on its last day, the conversion is not in the delivery.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: end_date
-- threshold: 0
-- params: benefits_last_date
-- means: spells are cut or run past the reform: days around it are missing or too many
-- what_to_do: ask NAV how the conversion was registered
-- source: register-facts 2.5

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

benefits as (
    select
        benefit_code,
        replaced_by,
        cast(valid_to as date) as last_day
    from codelist_benefits
    where replaced_by is not null
),

final as (
    select
        benefits.benefit_code || ' ' || benefits.last_day as place,
        count_if(spells.until_date - 1 = benefits.last_day) = 0 as is_broken
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    where
        benefits.last_day < $benefits_last_date
        and spells.start_date <= benefits.last_day
        and spells.until_date > benefits.last_day - 30
    group by all
    having count(*) >= 20
)

select * from final
