-- mart_matched_sets
-- One row per person in a matched set: one treated and up to controls_per_treated controls
-- of the same stratum and sector, without replacement.
-- grain: matched_set_id, person_id
-- params: controls_per_treated
-- Both arms are ordered by the seeded hash within the stratum, and the controls are dealt
-- round, one to each treated person in turn, so that scarcity is shared and neither row
-- order nor threads decide. Weights: treated 1, a control 1 / controls in its set.

with

pool as (
    select *
    from mart_match_pool
    where is_comparable
),

treated as (
    select
        *,
        row_number() over (
            partition by sector, stratum order by random_order, person_id
        ) - 1 as treated_rank,
        count(*) over (partition by sector, stratum) as treated_count
    from pool
    where is_treated
),

controls as (
    select
        *,
        row_number() over (
            partition by sector, stratum order by random_order, person_id
        ) - 1 as control_rank
    from pool
    where not is_treated
),

dealt as (
    select
        treated.sector,
        treated.person_id as treated_person_id,
        treated.random_order as treated_order,
        controls.person_id as control_person_id,
        controls.index_date as control_index_date
    from treated
    inner join controls
        on
            treated.sector = controls.sector
            and treated.stratum = controls.stratum
            and controls.control_rank % treated.treated_count = treated.treated_rank
    where controls.control_rank // treated.treated_count < $controls_per_treated
),

sets as (
    select
        sector,
        treated_person_id,
        count(*) as control_count,
        row_number() over (
            order by sector, any_value(treated_order), treated_person_id
        ) as matched_set_id
    from dealt
    group by sector, treated_person_id
),

members as (
    select
        sets.matched_set_id,
        sets.sector,
        treated.person_id,
        true as is_treated,
        1.0 as weight,
        treated.index_date
    from sets
    inner join treated
        on
            sets.sector = treated.sector
            and sets.treated_person_id = treated.person_id
    union all
    select
        sets.matched_set_id,
        sets.sector,
        dealt.control_person_id as person_id,
        false as is_treated,
        1.0 / sets.control_count as weight,
        dealt.control_index_date as index_date
    from sets
    inner join dealt
        on
            sets.sector = dealt.sector
            and sets.treated_person_id = dealt.treated_person_id
),

final as (
    select
        matched_set_id,
        sector,
        person_id,
        is_treated,
        cast(weight as double) as weight,
        index_date
    from members
)

select * from final
