-- check_deaths_spread_over_the_month
-- Share of deaths on the first day of a month, by year: more than half is months in disguise.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: death_date
-- threshold: 0
-- means: deaths are up to a month wrong; who dies in a window may stay in the study
-- what_to_do: ask SSB for dates; or take deaths by month for what they are
-- source: our choice

with

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null and death_date is not null
),

final as (
    select
        'deaths ' || year(death_date) as place,
        count_if(day(death_date) = 1) > 0.5 * count(*) as is_broken
    from persons
    group by year(death_date)
    having count(*) >= 20
)

select * from final
