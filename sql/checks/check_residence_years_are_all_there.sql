-- check_residence_years_are_all_there
-- Years between the first and the last with fewer than one in ten of the rows of a usual year.
-- family: completeness
-- severity: warning
-- table: stg_ssb__residence
-- column: year
-- threshold: 0
-- means: residence of that time is taken from an older year
-- what_to_do: ask SSB for the years that are missing
-- source: our choice

with

statuses as (
    select *
    from stg_ssb__residence
    where broken_rule is null
),

years as (
    select unnest(range(min(status_year), max(status_year) + 1)) as status_year
    from statuses
),

counted as (
    select
        status_year,
        count(*) as n_rows
    from statuses
    group by all
),

beside as (
    select
        years.status_year,
        coalesce(counted.n_rows, 0) as n_rows,
        median(counted.n_rows) over () as n_usual
    from years
    left join counted on years.status_year = counted.status_year
),

final as (
    select
        'residence ' || status_year as place,
        n_rows < 0.1 * n_usual as is_broken
    from beside
    where n_usual >= 50
)

select * from final
