-- check_benefit_ends_spread_over_the_month
-- Share of spells that end on the last day of a month, by benefit and year of start, for benefits
-- paid by the day. More than half is data by month in disguise. Days of reforms do not count.
-- A delivery that says it is by month is not looked at.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: end_date
-- threshold: 0
-- means: dates are months and not days, so days of benefit are up to a month wrong
-- what_to_do: ask NAV for dates; months cannot answer a question in days
-- params: benefits_by_month
-- source: register-facts 2.1; the share: our choice

with

counts as (
    select * from stg_nav__benefit_counts
),

benefits as (
    select *
    from codelist_benefits
    where is_paid_by_day = 'true'
),

final as (
    select
        counts.benefit_code || ' ' || year(counts.start_month) as place,
        sum(counts.n_last_day_ends) > 0.5 * sum(counts.n_spells - counts.n_ongoing) as is_broken
    from counts
    inner join benefits on counts.benefit_code = benefits.benefit_code
    where not $benefits_by_month
    group by counts.benefit_code, year(counts.start_month)
    having sum(counts.n_spells - counts.n_ongoing) >= 50
)

select * from final
