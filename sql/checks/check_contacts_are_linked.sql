-- check_contacts_are_linked
-- Rows of contacts whose person is not in the link file: they are in no estimate. A lost
-- benefit spell would be read as days without a benefit.
-- severity: error
-- table: stg_npr__contacts
-- column: npr_id
-- threshold: 0.1
-- what_to_do: compare the keys with the link file: letter case, leading zeros, one odd year

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
        'not_linked' as rule_name,
        'npr_id' as column_name
    from delivered
    where npr_id not in (select linked.npr_id from linked)
)

select * from final
