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

pool as (
    select
        *,
        row_number() over (
            partition by sector, stratum, is_treated order by random_order, person_id
        ) - 1 as arm_rank,
        count(*) over (partition by sector, stratum, is_treated) as arm_count
    from mart_match_pool
    where is_comparable and $match_method in ('exact', 'stratification')
),

strata as (
    select
        sector,
        stratum,
        any_value(arm_count) filter (where is_treated) as treated_count,
        any_value(arm_count) filter (where not is_treated) as control_count,
        row_number() over (order by sector, stratum) as stratum_id
    from pool
    group by sector, stratum
    having count(distinct is_treated) = 2
),

-- Which controls a treated person is dealt, by their rank in the stratum.
dealt as (
    select
        pool.sector,
        pool.stratum,
        pool.person_id,
        pool.index_date,
        row_number() over (
            order by pool.sector, pool.random_order, pool.person_id
        ) as matched_set_id,
        if(
            $with_replacement,
            list_transform(
                range(least($controls_per_treated, strata.control_count)),
                lambda turn:
                (pool.arm_rank * $controls_per_treated + turn) % strata.control_count
            ),
            range(
                pool.arm_rank,
                least(strata.control_count, $controls_per_treated * strata.treated_count),
                strata.treated_count
            )
        ) as control_ranks
    from pool
    inner join strata on pool.sector = strata.sector and pool.stratum = strata.stratum
    where
        pool.is_treated
        and $match_method = 'exact'
        and ($with_replacement or pool.arm_rank < strata.control_count)
),

wanted as (
    select
        matched_set_id,
        sector,
        stratum,
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
            wanted.sector = pool.sector
            and wanted.stratum = pool.stratum
            and wanted.control_rank = pool.arm_rank
            and not pool.is_treated
    union all by name
    select
        strata.stratum_id as matched_set_id, pool.sector, pool.person_id, pool.is_treated,
        if(pool.is_treated, 1, strata.treated_count / strata.control_count) as weight,
        pool.index_date
    from strata
    inner join pool on strata.sector = pool.sector and strata.stratum = pool.stratum
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
