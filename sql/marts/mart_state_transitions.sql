-- mart_state_transitions
-- One row per sector, arm, phase, state and next state, ALL for the sectors together: moves
-- from the state of one event-time period to that of the next, staying among them.
-- grain: sector, is_treated, phase, from_state, to_state
-- Phase: before when both periods are before the index date; after when the next period
-- begins on it or later, so that the first move after treatment begins counts as after.
-- n_persons are different persons, n_moves moves; a person moves once a period.

with

person_states as (
    select * from mart_person_states
),

-- Periods out of the register have no row, so the next one is looked up and not taken.
moves as (
    select
        here.sector,
        here.person_id,
        here.is_treated,
        here.weight,
        if(coming.event_time < 0, 'before', 'after') as phase,
        here.state_code as from_state,
        coming.state_code as to_state
    from person_states as here
    inner join person_states as coming
        on
            here.matched_set_id = coming.matched_set_id
            and here.person_id = coming.person_id
            and here.event_time + 1 = coming.event_time
),

final as (
    select
        coalesce(sector, 'ALL') as sector,
        is_treated,
        phase,
        from_state,
        to_state,
        count(distinct person_id) as n_persons,
        count(*) as n_moves,
        -- Sums of fractions differ in the last digits with the number of threads, so whole
        -- millionths of a millionth are summed; rounded, thirds make a whole again.
        round(
            sum(cast(round(weight * 1000000000000) as bigint)) / 1000000000000, 9
        ) as weight_sum
    from moves
    group by grouping sets (
        (sector, is_treated, phase, from_state, to_state),
        (is_treated, phase, from_state, to_state)
    )
)

select * from final
