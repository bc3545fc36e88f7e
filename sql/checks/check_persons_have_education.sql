-- check_persons_have_education
-- Persons of 16 years or more on the last day covered without any row of education.
-- family: completeness
-- severity: warning
-- table: stg_ssb__persons
-- column: ssb_id
-- threshold: 0.1
-- params: benefits_last_date
-- means: these persons are matched with each other as of unknown education, whatever they have
-- what_to_do: compare the keys of the education file with those of the person file
-- source: our choice

with

persons as (
    select *
    from stg_ssb__persons
    where
        broken_rule is null
        and year($benefits_last_date) - birth_year >= 16
),

statuses as (
    select distinct ssb_id
    from stg_ssb__education
    where broken_rule is null
),

final as (
    select
        persons.file_index,
        persons.row_number,
        statuses.ssb_id is null as is_broken
    from persons
    left join statuses on persons.ssb_id = statuses.ssb_id
)

select * from final
