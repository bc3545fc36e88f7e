-- check_sick_leave_stops_at_full_disability_benefit
-- Sick leave of persons whose permanent benefit of 100 per cent runs on the same days: who is
-- wholly disabled has no work to be absent from. Where grades are not delivered, every such
-- benefit is read as full.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: benefit_code, grade_percent
-- threshold: 0.05
-- params: sick_leave_benefit_codes
-- means: sick leave of the wholly disabled is no outcome of a treatment that aims at work
-- what_to_do: ask NAV whether grades are delivered and when disability benefits begin
-- source: our choice

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

benefits as (
    select *
    from codelist_benefits
    where is_permanent = 'true'
),

disabled as (
    select
        spells.nav_id,
        min(spells.start_date) as start_date,
        max(spells.until_date) as until_date
    from spells
    semi join benefits on spells.benefit_code = benefits.benefit_code
    where spells.grade_percent >= 100
    group by all
),

final as (
    select
        spells.file_index,
        spells.row_number,
        coalesce(
            spells.start_date < disabled.until_date
            and disabled.start_date < spells.until_date,
            false
        ) as is_broken
    from spells
    left join disabled on spells.nav_id = disabled.nav_id
    where list_contains($sick_leave_benefit_codes, spells.benefit_code)
)

select * from final
