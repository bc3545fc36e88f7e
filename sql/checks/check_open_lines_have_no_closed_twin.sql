-- check_open_lines_have_no_closed_twin
-- Lines of benefit without an end beside a line of the same person, benefit, job and start that
-- has one. FD-Trygd's files of histories write a line when a benefit starts, without an end, and
-- another when it ends; the first must then be dropped.
-- family: conformance
-- severity: error
-- table: stg_nav__benefit_spells
-- column: end_date
-- threshold: 0.01
-- means: each line without an end is read as a benefit that lasts to the last day covered, so who
--   stopped long ago has benefit days in every window, treated and controls alike
-- what_to_do: before delivery, drop a person's lines without an end where the same person has a
--   line of that benefit with one; keep the others, which run still
-- source: a researcher's public notes on FD-Trygd's files; the threshold is our choice

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

open_lines as (
    select * from spells
    where is_ongoing
),

-- Few lines are open, so the closed ones are only looked through.
twins as (
    select distinct
        closed_lines.nav_id,
        closed_lines.benefit_code,
        closed_lines.start_date,
        closed_lines.job_id
    from spells as closed_lines
    semi join open_lines
        on
            closed_lines.nav_id = open_lines.nav_id
            and closed_lines.benefit_code = open_lines.benefit_code
            and closed_lines.start_date = open_lines.start_date
            and closed_lines.job_id is not distinct from open_lines.job_id
    where not closed_lines.is_ongoing
),

final as (
    select
        open_lines.file_index,
        open_lines.row_number,
        twins.nav_id is not null as is_broken
    from open_lines
    left join twins
        on
            open_lines.nav_id = twins.nav_id
            and open_lines.benefit_code = twins.benefit_code
            and open_lines.start_date = twins.start_date
            and open_lines.job_id is not distinct from twins.job_id
)

select * from final
