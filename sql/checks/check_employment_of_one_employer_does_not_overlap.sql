-- check_employment_of_one_employer_does_not_overlap
-- Jobs of the same person with the same employer that overlap.
-- family: plausibility
-- severity: warning
-- table: stg_nav__employment
-- column: employer_id, start_date, end_date
-- threshold: 0.05
-- means: one job counts as several
-- what_to_do: ask NAV whether changes of position are separate rows
-- source: our choice

with

jobs as (
    select *
    from stg_nav__employment
    where broken_rule is null
),

final as (
    select
        file_index,
        row_number,
        coalesce(start_date < max(until_date) over (
            partition by ssb_id, employer_id
            order by start_date, file_index, row_number
            rows between unbounded preceding and 1 preceding
        ), false) as is_broken
    from jobs
)

select * from final
