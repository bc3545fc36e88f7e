-- check_double_spells_are_few
-- Spells that begin while a spell of the same person and benefit in another job runs. Two jobs
-- give two spells for the same absence; this tells how many there are.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: job_id
-- threshold: 0.25
-- means: no estimate changes, days are counted once; sums by job count absence twice
-- what_to_do: nothing, unless the share is far from that of other deliveries
-- source: register-facts 2.4; the share: our choice

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
            partition by nav_id, benefit_code
            order by start_date, file_index, row_number
            rows between unbounded preceding and 1 preceding
        ) as previous_until_date,
        max(until_date) over (
            partition by nav_id, benefit_code, job_id
            order by start_date, file_index, row_number
            rows between unbounded preceding and 1 preceding
        ) as previous_in_job
    from spells
),

final as (
    select
        file_index,
        row_number,
        coalesce(
            start_date < previous_until_date
            and (previous_in_job is null or start_date >= previous_in_job),
            false
        ) as is_broken
    from with_previous
)

select * from final
