-- check_employment_positions_sum_to_a_full_one
-- Persons whose jobs on the last day covered sum to more than 150 per cent of a full position.
-- One row per person is examined.
-- family: plausibility
-- severity: warning
-- table: stg_nav__employment
-- column: position_percent
-- threshold: 0.02
-- params: benefits_last_date
-- means: ends are missing, so old jobs stand beside new ones
-- what_to_do: ask NAV how the end of a job is registered
-- source: our choice

with

examined as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        sum(position_percent) > 150 as is_broken
    from stg_nav__employment
    where
        broken_rule is null
        and position_percent is not null
        and start_date <= $benefits_last_date
        and until_date > $benefits_last_date
    group by ssb_id
),

final as (
    select
        first_row.file_index,
        first_row.row_number,
        is_broken
    from examined
)

select * from final
