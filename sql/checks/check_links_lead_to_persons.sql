-- check_links_lead_to_persons
-- Rows of the link file whose SSB key is not in the person file.
-- family: completeness
-- severity: warning
-- table: stg_link__persons
-- column: ssb_id
-- threshold: 0.05
-- means: Persons are lost to the study for want of sex and age
-- what_to_do: ask SSB for the persons, or the linkage unit for the file that SSB used
-- source: our choice

with

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

final as (
    select
        file_index,
        row_number,
        ssb_id not in (select persons.ssb_id from persons) as is_broken
    from links
)

select * from final
