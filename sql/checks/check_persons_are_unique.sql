-- check_persons_are_unique
-- Each person stands in one row of the person file.
-- severity: contract
-- table: stg_ssb__persons
-- column: ssb_id
-- threshold: 0
-- what_to_do: deliver one row per person; SSB's files can hold old copies of a person

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
        'duplicate_key' as rule_name,
        'ssb_id' as column_name
    from persons
    qualify count(*) over (partition by ssb_id) > 1
)

select * from final
