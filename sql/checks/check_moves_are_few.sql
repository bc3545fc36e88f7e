-- check_moves_are_few
-- Municipality codes that differ from the last one of the same person, beside the persons who had
-- one before, by year: more than 15 in a hundred. A reform of the municipalities looks like that
-- too.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__residence
-- column: municipality_code, year
-- threshold: 0
-- means: codes were renumbered and not persons moved; groups by place break in that year
-- what_to_do: map codes to the municipalities of one year before they are compared
-- source: register-facts 3.5; the share: our choice

with

residence as (
    select *
    from stg_ssb__residence
    where broken_rule is null and municipality_code is not null
),

with_previous as (
    select
        status_year,
        municipality_code,
        lag(municipality_code) over (
            partition by ssb_id
            order by status_year, file_index, row_number
        ) as previous_code
    from residence
),

years as (
    select
        status_year,
        count(*) filter (where previous_code is null) as n_new,
        count(*) filter (where municipality_code <> previous_code) as n_moved
    from with_previous
    group by all
),

beside as (
    select
        *,
        sum(n_new) over (
            order by status_year
            rows between unbounded preceding and 1 preceding
        ) as n_before
    from years
),

final as (
    select
        'residence ' || status_year as place,
        n_moved > 0.15 * n_before as is_broken
    from beside
    where n_before >= 100
)

select * from final
