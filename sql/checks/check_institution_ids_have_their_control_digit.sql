-- check_institution_ids_have_their_control_digit
-- The ninth digit of an organisation number is the control digit, modulo 11 with the weights 3
-- 2 7 6 5 4 3 2. A cell is an institution. One that breaks the rule may be any number, and is
-- not shown.
-- family: conformance
-- severity: warning
-- table: stg_npr__contact_counts
-- column: institution_id
-- threshold: 0
-- means: A mistyped number splits an institution in two
-- what_to_do: ask NPR; the number was mistyped or altered
-- source: our choice (the rule of Norwegian organisation numbers)

with

counts as (
    select * from stg_npr__contact_counts
),

institutions as (
    select distinct institution_id
    from counts
    where regexp_full_match(institution_id, '[0-9]{9}')
),

weighted as (
    select
        institution_id,
        list_sum(
            list_transform(
                list_zip(string_split(institution_id[1:8], ''), [3, 2, 7, 6, 5, 4, 3, 2]),
                lambda pair: try_cast(pair[1] as integer) * pair[2]
            )
        ) as total
    from institutions
),

final as (
    select
        'nine digits' as place,
        (11 - total % 11) % 11 <> try_cast(institution_id[9] as integer) as is_broken
    from weighted
)

select * from final
