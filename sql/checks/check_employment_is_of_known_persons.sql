-- check_employment_is_of_known_persons
-- Jobs of persons who are not in the person file.
-- family: completeness
-- severity: warning
-- table: stg_nav__employment
-- column: ssb_id
-- threshold: 0.1
-- means: employment of persons in the study is missing, or the file is of other persons
-- what_to_do: compare the keys of the employment file with those of the person file
-- source: our choice

with

jobs as (
    select *
    from stg_nav__employment
    where broken_rule is null
),

persons as (
    select distinct ssb_id
    from stg_ssb__persons
    where broken_rule is null
),

final as (
    select
        jobs.file_index,
        jobs.row_number,
        persons.ssb_id is null as is_broken
    from jobs
    left join persons on jobs.ssb_id = persons.ssb_id
)

select * from final
