-- check_institutions_are_in_the_table
-- Institutions of contacts stand in the institution table. A cell is an institution; only
-- organisation numbers with a right control digit are shown.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: institution_id
-- threshold: 0.05
-- means: Contacts of these institutions cannot be told by trust, so that a fall of coding at one
--   trust is not seen
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
    select
        if(
            regexp_full_match(institution_id, '[0-9]{9}')
            and list_sum(
                list_transform(
                    list_zip(string_split(institution_id, ''), [3, 2, 7, 6, 5, 4, 3, 2, 1]),
                    lambda pair: try_cast(pair[1] as integer) * pair[2]
                )
            ) % 11 = 0,
            institution_id,
            'another text'
        ) as place,
        institution_id not in (select institutions.institution_id from institutions)
            as is_broken
    from counts
    where institution_id is not null
    group by institution_id
)

select * from final
