-- check_persons_are_unique
-- Each person stands in one row of the person file.
-- family: conformance
-- severity: contract
-- table: stg_ssb__persons
-- column: ssb_id
-- threshold: 0
-- means: A person would count twice, or have two ages
-- what_to_do: deliver one row per person; SSB's files can hold old copies of a person
-- source: our choice

with

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

final as (
    select
        file_index,
        row_number,
        count(*) over (partition by ssb_id) > 1 as is_broken,
        'duplicate_key' as rule_name
    from persons
)

select * from final
