-- check_benefit_years_do_not_jump
-- Starts a month by benefit and year, beside the mean of the year before and the year after:
-- under half or over double is a level shift. The months of first coverage and of conversions are
-- left out.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: start_date
-- threshold: 0
-- params: benefits_first_date, benefits_last_date
-- means: register or extraction changed that year: change over time is read as effect
-- what_to_do: ask NAV what changed; see whether a file is missing or there twice
-- source: our choice

with

counts as (
    select * from stg_nav__benefit_counts
),

benefits as (
    select
        benefit_code,
        cast(date_trunc('month', cast(valid_from as date)) as date) as first_month,
        coalesce(cast(valid_to as date), $benefits_last_date) as last_day
    from codelist_benefits
),

years as (
    select
        counts.benefit_code,
        year(counts.start_month) as start_year,
        sum(counts.n_spells) / count(distinct counts.start_month) as n_monthly
    from counts
    inner join benefits on counts.benefit_code = benefits.benefit_code
    where
        counts.start_month > $benefits_first_date
        and counts.start_month <= least(benefits.last_day, $benefits_last_date)
        and (benefits.first_month is null or counts.start_month > benefits.first_month)
    group by counts.benefit_code, year(counts.start_month)
),

beside as (
    select
        current_years.benefit_code,
        current_years.start_year,
        current_years.n_monthly,
        avg(near_years.n_monthly) as n_near
    from years as current_years
    inner join years as near_years
        on
            current_years.benefit_code = near_years.benefit_code
            and abs(current_years.start_year - near_years.start_year) = 1
    group by all
),

final as (
    select
        benefit_code || ' ' || start_year as place,
        n_monthly < 0.5 * n_near or n_monthly > 2 * n_near as is_broken
    from beside
    where greatest(n_monthly, n_near) >= 20
)

select * from final
