-- mart_matched_sets
-- One row per person in a matched set: one treated and up to controls_per_treated controls
-- of the same stratum and sector.
-- grain: matched_set_id, person_id
-- params: match_method, with_replacement, controls_per_treated
-- exact: both arms are ordered by the seeded hash within the stratum, and the controls are dealt
-- round, one to each treated person in turn, so that scarcity is shared and neither row order nor
-- threads decide. With replacement the round goes on from the first control when all are dealt,
-- until every treated person has as many different controls as the stratum has, at most k.
-- Weights: treated 1, a control 1 / controls in its set.
-- stratification: a stratum with both arms is one set; a control weighs treated / controls in it.
-- Other methods come from match_computed (src/evaluation/matching).
-- source: Iacus, King & Porro (2012), doi:10.1093/pan/mpr013 (weights of strata)

with

-- Sixteenths of each stratum by the hash, so that only controls that may be dealt are ordered.
sixteenths as (
    select
        stratum_id,
        random_order // 1152921504606846976 as sixteenth,
        count(*) filter (where is_treated) as n_treated,
        count(*) - n_treated as n_control
    from mart_match_pool
    where is_comparable and $match_method in ('exact', 'stratification')
    group by all
),

counted as (
    select
        *,
        sum(n_treated) over of_stratum as treated_count,
        sum(n_control) over of_stratum as control_count,
        sum(n_control) over (of_stratum order by sixteenth) - n_control as controls_before
    from sixteenths
    window of_stratum as (partition by stratum_id)
),

strata as (
    select
        stratum_id,
        sixteenth,
        cast(treated_count as bigint) as treated_count,
        cast(control_count as bigint) as control_count,
        $match_method = 'stratification'
        or controls_before < $controls_per_treated * treated_count as is_needed
    from counted
    where treated_count > 0 and control_count > 0
),

pool as (
    select
        strata.stratum_id,
        strata.treated_count,
        strata.control_count,
        match_pool.sector,
        match_pool.is_treated,
        match_pool.person_id,
        match_pool.index_date,
        match_pool.random_order,
        row_number() over (
            partition by strata.stratum_id, match_pool.is_treated
            order by match_pool.random_order, match_pool.person_id
        ) - 1 as arm_rank
    from mart_match_pool as match_pool
    inner join strata
        on
            match_pool.stratum_id = strata.stratum_id
            and match_pool.random_order // 1152921504606846976 = strata.sixteenth
    where match_pool.is_comparable and (match_pool.is_treated or strata.is_needed)
),

-- Which controls a treated person is dealt, by their rank in the stratum.
dealt as (
    select
        *,
        row_number() over (order by sector, random_order, person_id) as matched_set_id,
        if(
            $with_replacement,
            list_transform(
                range(least($controls_per_treated, control_count)),
                lambda turn: (arm_rank * $controls_per_treated + turn) % control_count
            ),
            range(
                arm_rank,
                least(control_count, $controls_per_treated * treated_count),
                treated_count
            )
        ) as control_ranks
    from pool
    where
        is_treated
        and $match_method = 'exact'
        and ($with_replacement or arm_rank < control_count)
),

wanted as (
    select
        matched_set_id,
        sector,
        stratum_id,
        1 / len(control_ranks) as weight,
        unnest(control_ranks) as control_rank
    from dealt
),

final as (
    select
        matched_set_id, sector, person_id,
        true as is_treated,
        cast(1 as double) as weight,
        index_date
    from dealt
    union all by name
    select
        wanted.matched_set_id, wanted.sector, pool.person_id, pool.is_treated,
        wanted.weight, pool.index_date
    from wanted
    inner join pool
        on
            wanted.stratum_id = pool.stratum_id
            and wanted.control_rank = pool.arm_rank
            and not pool.is_treated
    union all by name
    select
        stratum_id as matched_set_id, sector, person_id, is_treated,
        if(is_treated, 1, treated_count / control_count) as weight,
        index_date
    from pool
    where $match_method = 'stratification'
    union all by name
    select
        computed.matched_set_id, computed.sector, computed.person_id, computed.is_treated,
        computed.weight, match_pool.index_date
    from match_computed as computed
    inner join mart_match_pool as match_pool
        on
            computed.sector = match_pool.sector
            and computed.is_treated = match_pool.is_treated
            and computed.person_id = match_pool.person_id
)

select * from final
