-- check_birth_years_are_even
-- Birth years that hold more than five times the mean of the birth years up to two years away, or
-- have none near, and more than one in a hundred persons.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: birth_year
-- threshold: 0
-- means: a default year stands for unknown: ages, and with them matches, are wrong
-- what_to_do: ask SSB what the year stands for
-- source: our choice

with

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

years as (
    select
        birth_year,
        count(*) as n_persons
    from persons
    group by all
),

beside as (
    select
        years.*,
        sum(years.n_persons) over () as n_all,
        avg(years.n_persons) over (
            order by years.birth_year
            range between 2 preceding and 2 following
            exclude current row
        ) as n_near
    from years
),

final as (
    select
        'born ' || birth_year as place,
        coalesce(n_persons > 5 * n_near, true) and n_persons > 0.01 * n_all as is_broken
    from beside
    where n_all >= 1000
)

select * from final
