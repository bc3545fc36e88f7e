-- check_persons_have_residence
-- Persons of 16 years or more on the last day covered without any row of residence.
-- family: completeness
-- severity: warning
-- table: stg_ssb__persons
-- column: ssb_id
-- threshold: 0.05
-- params: benefits_last_date
-- means: these persons are in no group by place; the estimates do not change
-- what_to_do: compare the keys of the residence file with those of the person file
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
    from stg_ssb__residence
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
