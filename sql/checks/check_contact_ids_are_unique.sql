-- check_contact_ids_are_unique
-- Each contact number (episode or stay) stands in one row of a sector, when it is delivered.
-- family: conformance
-- severity: warning
-- table: raw_npr__contacts
-- column: contact_id
-- threshold: 0.001
-- means: Contacts count twice; a file delivered twice doubles every count of contacts
-- what_to_do: see whether two files overlap, or whether rows are parts of contacts
-- source: register-facts 1.3; the threshold is our choice

with

contacts as (
    select
        file_index,
        row_number,
        hash(upper(sector), contact_id) as contact_hash
    from raw_npr__contacts
    where contact_id is not null
),

repeated as (
    select contact_hash
    from contacts
    group by contact_hash
    having count(*) > 1
),

final as (
    select
        file_index,
        row_number,
        contact_hash in (select repeated.contact_hash from repeated) as is_broken
    from contacts
)

select * from final
