-- check_replaced_benefits_continue
-- Spells of a replaced benefit that run to its last day, by persons who have no spell of the new
-- benefit from the day after: RP, AF and TU go on as AAP, UFP as UT. Some stop for good, so that
-- up to a fifth is usual.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: benefit_code, end_date
-- threshold: 0.21
-- params: benefits_last_date
-- means: persons seem to lose their benefit on one day, which looks like recovery
-- what_to_do: ask NAV for the new benefit of the same persons
-- source: register-facts 2.5; the share is that of AAP in 2010

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

newer as (
    select distinct
        spells.nav_id,
        benefits.replaced_by
    from spells
    inner join benefits
        on
            spells.benefit_code = benefits.replaced_by
            and spells.start_date = benefits.last_day + 1
),

final as (
    select
        spells.file_index,
        spells.row_number,
        newer.nav_id is null as is_broken
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    left join newer
        on spells.nav_id = newer.nav_id and benefits.replaced_by = newer.replaced_by
    where
        spells.until_date > benefits.last_day
        and spells.start_date <= benefits.last_day
        and benefits.last_day < $benefits_last_date
)

select * from final
