-- core_sick_leave_new_rights
-- One row per spell of sick leave (tilfelle): its days, and whether a new right to sick pay
-- begins with it.
-- grain: person_id, spell_number
-- source: register-facts 2.5 (folketrygdloven 8-12: a new right after 26 weeks fit for work)
-- is_new_right: the first spell known, or at least 182 days fit for work since the end of the
-- previous one (our choice: days without sick leave and without a benefit that stands in for it,
-- AAP and those before it, stand for days fit for work).

with

pieces as (
    select * from core_sick_leave_pieces
),

spells as (
    select
        person_id,
        spell_number,
        min(start_date) as start_date,
        max(until_date) as until_date,
        cast(sum(benefit_days) as integer) as benefit_days
    from pieces
    group by person_id, spell_number
),

with_previous as (
    select
        *,
        lag(until_date) over (
            partition by person_id order by spell_number
        ) as previous_until_date
    from spells
),

masks as (
    select cast(sum(cast(benefit_bit as integer)) as integer) as temporary
    from codelist_benefits
    where is_sick_leave = 'false' and is_permanent = 'false'
),

-- Days on a temporary benefit between spells that are far enough apart to matter.
unfit as (
    select
        spells.person_id,
        spells.spell_number,
        sum(
            least(intervals.until_date, spells.start_date)
            - greatest(intervals.start_date, spells.previous_until_date)
        ) as days
    from with_previous as spells
    inner join core_benefit_intervals as intervals
        on
            spells.person_id = intervals.person_id
            and spells.start_date > intervals.start_date
            and spells.previous_until_date < intervals.until_date
    cross join masks
    where
        spells.start_date - spells.previous_until_date >= 182
        and intervals.benefit_set & masks.temporary > 0
    group by spells.person_id, spells.spell_number
),

final as (
    select
        spells.person_id,
        spells.spell_number,
        spells.start_date,
        spells.until_date,
        spells.benefit_days,
        coalesce(
            spells.start_date - spells.previous_until_date - coalesce(unfit.days, 0) >= 182, true
        ) as is_new_right
    from with_previous as spells
    left join unfit
        on
            spells.person_id = unfit.person_id
            and spells.spell_number = unfit.spell_number
)

select * from final
