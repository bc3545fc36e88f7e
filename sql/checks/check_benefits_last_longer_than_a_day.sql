-- check_benefits_last_longer_than_a_day
-- Spells that end the day they start, by benefit and year of start: more than one in ten.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: start_date, end_date
-- threshold: 0
-- means: ends may be exclusive, or copied from the start: days of benefit are too few
-- what_to_do: ask NAV whether the end is the last day with benefit or the day after
-- source: our choice

with

counts as (
    select * from stg_nav__benefit_counts
),

final as (
    select
        benefit_code || ' ' || year(start_month) as place,
        sum(n_one_day) > 0.1 * sum(n_spells) as is_broken
    from counts
    group by benefit_code, year(start_month)
    having sum(n_spells) >= 50
)

select * from final
