-- check_months_have_benefit_starts
-- Months within the coverage and the validity of a benefit in which no spell of it starts, for
-- benefits with 30 starts or more in a usual month of the delivery.
-- family: completeness
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: start_date
-- threshold: 0
-- params: benefits_first_date, benefits_last_date
-- means: a file or a month is missing: benefit days are too few around it
-- what_to_do: ask NAV for the months that are missing
-- source: our choice

with

counts as (
    select
        benefit_code,
        start_month,
        sum(n_spells) as n_spells
    from stg_nav__benefit_counts
    group by all
),

benefits as (
    select
        benefit_code,
        greatest(coalesce(cast(valid_from as date), $benefits_first_date), $benefits_first_date)
            as first_day,
        least(coalesce(cast(valid_to as date), $benefits_last_date), $benefits_last_date)
            as last_day
    from codelist_benefits
),

usual as (
    select
        benefit_code,
        median(n_spells) as n_usual
    from counts
    group by all
),

-- The last month covered is often cut, so it is not asked for.
covered as (
    select
        benefits.benefit_code,
        unnest(generate_series(
            date_trunc('month', benefits.first_day),
            date_trunc('month', benefits.last_day) - interval 1 month,
            interval 1 month
        )) as start_month
    from benefits
    inner join usual on benefits.benefit_code = usual.benefit_code
    where usual.n_usual >= 30
),

final as (
    select
        covered.benefit_code || ' ' || strftime(covered.start_month, '%Y-%m') as place,
        counts.start_month is null as is_broken
    from covered
    left join counts
        on
            covered.benefit_code = counts.benefit_code
            and covered.start_month = counts.start_month
)

select * from final
