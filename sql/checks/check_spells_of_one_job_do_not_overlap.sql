-- check_spells_of_one_job_do_not_overlap
-- Spells of the same person, benefit and job that overlap: one tilfelle is one continuous absence
-- from one job.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date, end_date
-- threshold: 0.01
-- means: prolongations stand beside what they prolong: lengths of spells are too short
-- what_to_do: ask NAV whether prolongations are separate rows
-- source: register-facts 2.4

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null and job_id is not null
),

with_previous as (
    select
        *,
        max(until_date) over (
            partition by nav_id, benefit_code, job_id
            order by start_date, file_index, row_number
            rows between unbounded preceding and 1 preceding
        ) as previous_until_date,
        lag(until_date) over (
            partition by nav_id, benefit_code, job_id, start_date
            order by file_index, row_number
        ) as repeated_until_date
    from spells
),

final as (
    select
        file_index,
        row_number,
        coalesce(
            start_date < previous_until_date
            and until_date is distinct from repeated_until_date,
            false
        ) as is_broken
    from with_previous
)

select * from final
