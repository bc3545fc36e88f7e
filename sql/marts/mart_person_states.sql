-- mart_person_states
-- One row per person in a matched set and event-time period: the state of the person.
-- grain: matched_set_id, person_id, event_time
-- params: period_days, first_event_time, last_event_time, benefits_first_date,
--   benefits_last_date
-- source: periods as in mart_event_time; the order of states in codelist_states
-- A period has the state of the highest priority on any day of it (our choice: one day of
-- full sick leave makes a period of full sick leave). Periods that the benefit register does
-- not cover whole have no row. Unlike mart_event_time, persons who are dead or abroad have
-- rows, for these are states.

with

sets as (
    select
        *,
        index_date + cast($first_event_time * $period_days as integer) as first_date,
        index_date + cast(($last_event_time + 1) * $period_days as integer)
            as until_date
    from mart_matched_sets
),

states as (
    select
        state_code,
        cast(priority as integer) as priority
    from codelist_states
),

stretches as (
    select
        mart_state_stretches.person_id,
        mart_state_stretches.start_date,
        mart_state_stretches.until_date,
        states.priority
    from mart_state_stretches
    inner join states on mart_state_stretches.state_code = states.state_code
),

periods as (
    select cast(unnest(range($first_event_time, $last_event_time + 1)) as integer)
        as event_time
),

-- A stretch only in the periods it touches: no join of every stretch with every period.
touched as (
    select
        sets.matched_set_id,
        sets.person_id,
        stretches.priority,
        unnest(range(
            (greatest(stretches.start_date, sets.first_date) - sets.first_date)
            // $period_days,
            (least(stretches.until_date, sets.until_date) - 1 - sets.first_date)
            // $period_days + 1
        )) as place
    from sets
    inner join stretches
        on
            sets.person_id = stretches.person_id
            and sets.until_date > stretches.start_date
            and sets.first_date < stretches.until_date
),

highest as (
    select
        matched_set_id,
        person_id,
        cast($first_event_time + place as integer) as event_time,
        max(priority) as priority
    from touched
    group by all
),

grid as (
    select
        sets.matched_set_id,
        sets.sector,
        sets.person_id,
        sets.is_treated,
        sets.weight,
        periods.event_time
    from sets
    cross join periods
    where
        sets.index_date + cast(periods.event_time * $period_days as integer)
        >= $benefits_first_date
        and sets.index_date + cast((periods.event_time + 1) * $period_days as integer)
        <= $benefits_last_date + 1
),

final as (
    select
        grid.matched_set_id,
        grid.sector,
        grid.person_id,
        grid.is_treated,
        grid.weight,
        grid.event_time,
        states.state_code
    from grid
    left join highest
        on
            grid.matched_set_id = highest.matched_set_id
            and grid.person_id = highest.person_id
            and grid.event_time = highest.event_time
    inner join states
        on
            coalesce(highest.priority, (select min(lowest.priority) from states as lowest))
            = states.priority
)

select * from final
