-- check_unlinked_keys_have_no_near_link
-- Contacts whose key is not in the link file, but would be without leading zeros, surrounding
-- space and letter case.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_id
-- threshold: 0.05
-- means: Persons are lost to the study for the way their key is written
-- what_to_do: write the keys of both files in the same way: as text, with leading zeros
-- source: register-facts 8 (one key, two ways to write it); the threshold is our choice

with

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

unlinked as (
    select *
    from stg_npr__contacts
    where
        broken_rule is null
        and npr_id not in (select links.npr_id from links)
),

near as (
    select distinct ltrim(upper(trim(npr_id)), '0') as near_id
    from links
),

final as (
    select
        file_index,
        row_number,
        ltrim(upper(trim(npr_id)), '0') in (select near.near_id from near) as is_broken
    from unlinked
)

select * from final
