-- check_institutions_are_in_the_table
-- Institutions of contacts stand in the institution table. A cell is an institution.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: institution_id
-- threshold: 0.05
-- means: Their contacts cannot be told by trust
-- what_to_do: complete the institution table
-- source: register-facts 1.7; the threshold is our choice

with

counts as (
    select * from stg_npr__contact_counts
),

institutions as (
    select *
    from stg_npr__institutions
    where broken_rule is null
),

final as (
    select distinct
        institution_id as place,
        institution_id not in (select institutions.institution_id from institutions)
            as is_broken
    from counts
    where institution_id is not null
)

select * from final
