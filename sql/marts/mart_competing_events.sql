-- mart_competing_events
-- One row per length of a sustained return and person at risk: which of sustained return to
-- work, AAP, disability benefit and death came first, or until when none was seen.
-- grain: sustained_days, matched_set_id, person_id
-- params: short_return_days, long_return_days; benefits_by_month: nobody is at risk then, for
--   from months the day of a return cannot be told
-- source: events that compete are judged from the first on, Putter, Fiocco & Geskus (2007),
--   doi:10.1002/sim.2712
-- At risk is who has a health-related benefit on the index date, but neither AAP nor
-- disability benefit: to them two of the events have already happened (our choice). On one
-- day a return goes before disability, that before AAP, and any of them before the end of
-- observation. A run that the end of observation cuts before it is long enough ends on its
-- first day, as in mart_return_to_work.

with

sets as (
    select * from mart_matched_sets
),

returns as (
    select * from mart_return_to_work
),

at_risk as (
    select
        sets.*,
        returns.* exclude (matched_set_id, person_id)
    from sets
    inner join returns
        on
            sets.matched_set_id = returns.matched_set_id
            and sets.person_id = returns.person_id
    where
        not $benefits_by_month
        and returns.was_on_benefit
        and coalesce(returns.days_to_aap > 0, true)
        and coalesce(returns.days_to_disability > 0, true)
),

by_length as (
    select
        *,
        $short_return_days as sustained_days,
        days_to_sustained_return_short as days_to_sustained_return,
        censored_after_days_short as cut_after_days
    from at_risk
    union all
    select
        *,
        $long_return_days as sustained_days,
        days_to_sustained_return_long as days_to_sustained_return,
        censored_after_days_long as cut_after_days
    from at_risk
),

with_end as (
    select
        *,
        -- A run that death cuts is no return: death is what happened, on its own day.
        if(
            censored_by = 'death',
            censored_after_days,
            coalesce(cut_after_days, censored_after_days)
        ) as end_days
    from by_length
),

final as (
    select
        sustained_days,
        matched_set_id,
        sector,
        person_id,
        is_treated,
        weight,
        cast(
            least(days_to_sustained_return, days_to_disability, days_to_aap, end_days)
            as integer
        ) as days,
        case least(days_to_sustained_return, days_to_disability, days_to_aap, end_days)
            when days_to_sustained_return then 'return_to_work'
            when days_to_disability then 'disability'
            when days_to_aap then 'aap'
            else if(censored_by = 'death', 'death', 'censored')
        end as event
    from with_end
)

select * from final
