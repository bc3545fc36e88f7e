-- core_benefit_intervals
-- One row per stretch of days [start_date, until_date) in which a person has the same set
-- of benefits. Stretches of one person never overlap; days without a benefit have no row.
-- grain: person_id, start_date
-- The set is a sum of bits, one a benefit (codelist_benefits). Because spells of one
-- benefit are disjoint, adding the bit at each start and taking it away at each end gives
-- the set by one running sum, without a row per day.

with

spells as (
    select * from core_benefit_spells
),

benefits as (
    select * from codelist_benefits
),

events as (
    select
        spells.person_id,
        spells.start_date as event_date,
        cast(benefits.benefit_bit as integer) as change
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    union all
    select
        spells.person_id,
        spells.until_date as event_date,
        -cast(benefits.benefit_bit as integer) as change
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
),

changes as (
    select
        person_id,
        event_date,
        sum(change) as change
    from events
    group by all
),

stretches as (
    select
        person_id,
        event_date as start_date,
        lead(event_date) over (
            partition by person_id order by event_date
        ) as until_date,
        cast(sum(change) over (
            partition by person_id
            order by event_date
            rows between unbounded preceding and current row
        ) as integer) as benefit_set
    from changes
),

final as (
    select
        person_id,
        start_date,
        until_date,
        benefit_set
    from stretches
    where benefit_set > 0
)

select * from final
