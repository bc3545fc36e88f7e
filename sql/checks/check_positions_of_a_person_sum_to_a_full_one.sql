-- check_positions_of_a_person_sum_to_a_full_one
-- Spells of one person that begin the same day in several jobs, with positions that sum to more
-- than 120 per cent.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: position_percent
-- threshold: 0.05
-- means: the same job stands twice under two keys, so that spells of one job look like those of two
-- what_to_do: ask NAV how jobs are numbered
-- source: our choice

with

examined as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        sum(position_percent) > 120 as is_broken
    from stg_nav__benefit_spells
    where broken_rule is null and job_id is not null and position_percent is not null
    group by nav_id, benefit_code, start_date
),

final as (
    select
        first_row.file_index,
        first_row.row_number,
        is_broken
    from examined
)

select * from final
