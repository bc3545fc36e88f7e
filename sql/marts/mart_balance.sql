-- mart_balance
-- One row per sector, covariate, level and sample, with the sums from which means and
-- variances follow. Samples: eligible and matched, treated and control.
-- grain: sector, covariate, level, sample
-- Levels are counted by weight; a number (empty level) has its weighted sums. Outcomes
-- before the index date are covariates here: matching should not have to know them.

with

pool as (
    select * from mart_match_pool
),

outcomes as (
    select * from mart_window_outcomes
),

sets as (
    select * from mart_matched_sets
),

described as (
    select
        pool.*,
        outcomes.sick_leave_days_before,
        outcomes.health_benefit_days_before
    from pool
    inner join outcomes
        on
            pool.is_treated = outcomes.is_treated
            and pool.sector = outcomes.sector
            and pool.person_id = outcomes.person_id
),

samples as (
    select
        described.*,
        if(is_treated, 'eligible_treated', 'eligible_control') as sample,
        1.0 as weight
    from described
    union all
    select
        described.*,
        if(described.is_treated, 'matched_treated', 'matched_control') as sample,
        sets.weight
    from described
    inner join sets
        on
            described.is_treated = sets.is_treated
            and described.sector = sets.sector
            and described.person_id = sets.person_id
),

totals as (
    select
        sector,
        sample,
        sum(weight) as weight_sum
    from samples
    group by all
),

levels as (
    select
        sector,
        sample,
        weight,
        unnest([  -- noqa: AL03
            {'covariate': 'diagnosis', 'level': diagnosis},
            {'covariate': 'sex', 'level': sex_code},
            {'covariate': 'age_band', 'level': cast(age_band as varchar)},
            {'covariate': 'education_group', 'level': education_group},
            {'covariate': 'index_year', 'level': cast(index_year as varchar)}
        ], recursive := true)
    from samples
),

numbers as (
    select
        sector,
        sample,
        weight,
        unnest([  -- noqa: AL03
            {'covariate': 'age_years', 'amount': age_years},
            {
                'covariate': 'sick_leave_days_before',
                'amount': sick_leave_days_before
            },
            {
                'covariate': 'health_benefit_days_before',
                'amount': health_benefit_days_before
            }
        ], recursive := true)
    from samples
),

summed as (
    select
        sector,
        covariate,
        level,
        sample,
        count(*) as n_persons,
        sum(weight) as value_sum,
        sum(weight) as value_square_sum
    from levels
    group by all
    union all
    select
        sector,
        covariate,
        '' as level,
        sample,
        count(*) as n_persons,
        sum(weight * amount) as value_sum,
        sum(weight * amount * amount) as value_square_sum
    from numbers
    group by all
),

final as (
    select
        summed.sector,
        summed.covariate,
        summed.level,
        summed.sample,
        summed.n_persons,
        -- Sums of fractions differ in the last digits with the number of threads.
        round(totals.weight_sum, 6) as weight_sum,
        round(summed.value_sum, 6) as value_sum,
        round(summed.value_square_sum, 6) as value_square_sum
    from summed
    inner join totals
        on summed.sector = totals.sector and summed.sample = totals.sample
)

select * from final
