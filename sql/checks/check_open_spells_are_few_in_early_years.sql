-- check_open_spells_are_few_in_early_years
-- Share of spells without an end by benefit and year of start, more than two years before the
-- last day covered, for benefits that are not permanent and were still granted then.
-- family: completeness
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: end_date
-- threshold: 0
-- params: benefits_last_date
-- means: ends are missing from whole years, and are read as ongoing benefit
-- what_to_do: ask NAV for the ends of these years
-- source: our choice

with

counts as (
    select * from stg_nav__benefit_counts
),

benefits as (
    select *
    from codelist_benefits
    where is_permanent = 'false'
),

final as (
    select
        counts.benefit_code || ' ' || year(counts.start_month) as place,
        sum(counts.n_ongoing) > 0.5 * sum(counts.n_spells) as is_broken
    from counts
    inner join benefits on counts.benefit_code = benefits.benefit_code
    where year(counts.start_month) < year($benefits_last_date) - 2
    group by counts.benefit_code, year(counts.start_month)
    having sum(counts.n_spells) >= 50
)

select * from final
