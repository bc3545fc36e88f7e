-- stg_npr__persons
-- One row per person of NPR's own person file. A place holder with the right columns and no
-- rows, until the loader reads that file: then this becomes a model of raw_npr__persons.
-- grain: file_index, row_number
-- source: register-facts 1.2 and 8 (npr_person)

with

sexes as (
    select * from codelist_sexes
),

final as (
    select
        cast(null as integer) as file_index,
        cast(null as bigint) as row_number,
        cast(null as varchar) as npr_id,
        sex_code,
        cast(null as integer) as birth_year,
        cast(null as varchar) as broken_rule,
        cast(null as varchar) as broken_column
    from sexes
    where false
)

select * from final
