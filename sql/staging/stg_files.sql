-- stg_files
-- One row per delivered file, or per year of a wide one: rows counted when it was read, rows
-- loaded into staging and rows in quarantine. The run stops unless
-- delivered = loaded + quarantined.
-- grain: file_index

with

files as (
    select * from raw_files
),

quarantine as (
    select * from stg_quarantine
),

staged as (
    select file_index, broken_rule from stg_npr__contacts
    union all
    select file_index, broken_rule from stg_nav__benefit_spells
    union all
    select file_index, broken_rule from stg_ssb__persons
    union all
    select file_index, broken_rule from stg_ssb__education
    union all
    select file_index, broken_rule from stg_ssb__residence
    union all
    select file_index, broken_rule from stg_link__persons
    union all
    select file_index, broken_rule from stg_npr__institutions
    union all
    select file_index, broken_rule from stg_nav__employment
    union all
    select file_index, broken_rule from stg_nav__measures
    union all
    select file_index, broken_rule from stg_npr__persons
),

loaded as (
    select
        file_index,
        count(*) as row_count
    from staged
    where broken_rule is null
    group by all
),

quarantined as (
    select
        file_index,
        count(*) as row_count
    from quarantine
    group by all
),

final as (
    select
        files.file_index,
        files.file_number,
        files.table_name,
        files.file,
        files.row_count + files.rejected_count as rows_delivered,
        coalesce(loaded.row_count, 0) as rows_loaded,
        coalesce(quarantined.row_count, 0) as rows_quarantined
    from files
    left join loaded on files.file_index = loaded.file_index
    left join quarantined on files.file_index = quarantined.file_index
)

select * from final
