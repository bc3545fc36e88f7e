-- mart_overlap_cells
-- One row per combination of the matching variables in a sector, with the eligible persons of
-- each arm: what the propensity score of the overlap is fitted to.
-- grain: sector, diagnosis, sex_code, age_band, education_group, index_year
-- Everybody eligible counts, matched or not: overlap is asked about before matching.

with

pool as (
    select * from mart_match_pool
),

final as (
    select
        sector,
        diagnosis,
        sex_code,
        age_band,
        education_group,
        index_year,
        count(*) filter (where is_treated) as n_treated,
        count(*) filter (where not is_treated) as n_control
    from pool
    group by all
)

select * from final
