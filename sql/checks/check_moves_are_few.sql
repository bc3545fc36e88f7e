-- check_moves_are_few
-- Share of persons whose municipality code is another than the year before, by year: more than 15
-- in a hundred. A reform of the municipalities looks like that too.
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
        lag(municipality_code) over by_person as previous_code,
        lag(status_year) over by_person as previous_year
    from residence
    window by_person as (
        partition by ssb_id
        order by status_year, file_index, row_number
    )
),

final as (
    select
        'residence ' || status_year as place,
        count_if(municipality_code <> previous_code) > 0.15 * count(*) as is_broken
    from with_previous
    where previous_year = status_year - 1
    group by status_year
    having count(*) >= 100
)

select * from final
