-- check_contacts_are_linked
-- Rows of contacts whose person is not in the link file, or leads to nobody among SSB's
-- persons: they are in no estimate.
-- family: completeness
-- severity: error
-- table: stg_npr__contacts
-- column: npr_id
-- threshold: 0.1
-- means: The treated and their controls are not all who were treated
-- what_to_do: compare the keys with the link file: letter case, leading zeros, one odd year
-- source: our choice

with

delivered as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

linked as (
    select links.npr_id
    from links
    inner join persons on links.ssb_id = persons.ssb_id
    where links.npr_id is not null
),

final as (
    select
        file_index,
        row_number,
        npr_id not in (select linked.npr_id from linked) as is_broken,
        'not_linked' as rule_name
    from delivered
)

select * from final
