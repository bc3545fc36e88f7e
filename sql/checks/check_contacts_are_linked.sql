-- check_contacts_are_linked
-- Rows of contacts whose person is not in the link file, or leads to nobody among SSB's
-- persons: they are in no estimate.
-- family: completeness
-- severity: error
-- table: stg_npr__contact_counts
-- column: npr_id
-- threshold: 0.1
-- means: The treated and their controls are not all who were treated
-- what_to_do: compare the keys with the link file: letter case, leading zeros, one odd year
-- source: our choice

with

counts as (
    select * from stg_npr__contact_counts
),

links as (
    select * from stg_link__persons
),

persons as (
    select * from stg_ssb__persons
),

final as (
    select
        file_index,
        first_row as row_number,
        n_contacts as n_rows,
        link_state != 'linked' as is_broken,
        'not_linked' as rule_name
    from counts
    where exists (select 1 from links) and exists (select 1 from persons)
)

select * from final
