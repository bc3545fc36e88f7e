-- check_unlinked_keys_have_no_near_link
-- Contacts whose key is not in the link file, but would be without leading zeros, surrounding
-- space and letter case.
-- family: conformance
-- severity: warning
-- table: stg_npr__contact_counts
-- column: npr_id
-- threshold: 0.05
-- means: Persons are lost to the study for the way their key is written
-- what_to_do: write the keys of both files in the same way: as text, with leading zeros
-- source: register-facts 8 (one key, two ways to write it); the threshold is our choice

with

counts as (
    select * from stg_npr__contact_counts
),

links as (
    select * from stg_link__persons
),

final as (
    select
        file_index,
        first_row as row_number,
        n_contacts as n_rows,
        link_state = 'near_link' as is_broken
    from counts
    where
        link_state in ('near_link', 'not_in_link')
        and exists (select 1 from links)
)

select * from final
