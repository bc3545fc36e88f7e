-- check_institution_ids_have_nine_digits
-- Institutions of contacts are organisation numbers: nine digits. A cell is an institution; of
-- one that breaks the rule only the length is shown.
-- family: conformance
-- severity: warning
-- table: stg_npr__contact_counts
-- column: institution_id
-- threshold: 0
-- means: Contacts cannot be told by trust, so that a fall of coding at one trust is not seen
-- what_to_do: ask NPR for institusjonID as organisation number
-- source: register-facts 1.3

with

counts as (
    select * from stg_npr__contact_counts
),

final as (
    select
        if(
            regexp_full_match(institution_id, '[0-9]{9}'),
            'nine digits',
            'a text of ' || length(institution_id) || ' characters'
        ) as place,
        not regexp_full_match(institution_id, '[0-9]{9}') as is_broken
    from counts
    where institution_id is not null
    group by institution_id
)

select * from final
