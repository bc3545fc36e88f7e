-- check_measures_are_linked
-- Measures whose person is not in the link file.
-- family: completeness
-- severity: warning
-- table: stg_nav__measures
-- column: nav_id
-- threshold: 0.1
-- means: measures of persons in the study are missing, and look like none
-- what_to_do: compare the keys with the link file: letter case, leading zeros
-- source: our choice

with

measures as (
    select *
    from stg_nav__measures
    where broken_rule is null
),

links as (
    select distinct nav_id
    from stg_link__persons
    where broken_rule is null and nav_id is not null
),

final as (
    select
        measures.file_index,
        measures.row_number,
        links.nav_id is null as is_broken
    from measures
    left join links on measures.nav_id = links.nav_id
)

select * from final
