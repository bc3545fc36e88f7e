-- mart_states
-- One row per sector, arm, event-time period and state, ALL for the sectors together:
-- persons in the state in the period, and the sum of their weights. States of nobody have
-- a row with noughts.
-- grain: sector, is_treated, event_time, state_code
-- A person matched in two sectors has two index dates and counts in both in ALL; n_persons
-- counts different persons.

with

person_states as (
    select * from mart_person_states
),

states as (
    select * from codelist_states
),

counted as (
    select
        coalesce(sector, 'ALL') as sector,
        is_treated,
        event_time,
        state_code,
        count(distinct person_id) as n_persons,
        -- Sums of fractions differ in the last digits with the number of threads, so whole
        -- millionths of a millionth are summed; rounded, thirds make a whole again.
        round(
            sum(cast(round(weight * 1000000000000) as bigint)) / 1000000000000, 9
        ) as weight_sum
    from person_states
    group by grouping sets (
        (sector, is_treated, event_time, state_code),
        (is_treated, event_time, state_code)
    )
),

periods as (
    select distinct
        sector,
        is_treated,
        event_time
    from counted
),

final as (
    select
        periods.sector,
        periods.is_treated,
        periods.event_time,
        states.state_code,
        coalesce(counted.n_persons, 0) as n_persons,
        coalesce(counted.weight_sum, 0) as weight_sum
    from periods
    cross join states
    left join counted
        on
            periods.sector = counted.sector
            and periods.is_treated = counted.is_treated
            and periods.event_time = counted.event_time
            and states.state_code = counted.state_code
)

select * from final
