-- stg_quarantine
-- One row per delivered row that could not be used: the rule it breaks, its file and row,
-- and the row as delivered. It never leaves the restricted area.
-- grain: file_index, row_number
-- Every other delivered row is in a staging table: delivered = loaded + quarantined.

with

files as (
    select * from raw_files
),

broken as (
    select file_index, row_number, broken_rule, broken_column
    from stg_npr__contacts
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_nav__benefit_spells
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_ssb__persons
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_ssb__education
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_ssb__residence
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_link__persons
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_npr__institutions
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_nav__employment
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_nav__measures
    where broken_rule is not null
    union all
    select file_index, row_number, broken_rule, broken_column
    from stg_npr__persons
    where broken_rule is not null
),

as_delivered as (
    select file_index, row_number, to_json(raw_npr__contacts) as raw
    from raw_npr__contacts
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_nav__benefit_spells) as raw
    from raw_nav__benefit_spells
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_ssb__persons) as raw
    from raw_ssb__persons
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_ssb__education) as raw
    from raw_ssb__education
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_ssb__residence) as raw
    from raw_ssb__residence
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_link__persons) as raw
    from raw_link__persons
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_npr__institutions) as raw
    from raw_npr__institutions
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_nav__employment) as raw
    from raw_nav__employment
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_nav__measures) as raw
    from raw_nav__measures
    semi join broken using (file_index, row_number)
    union all
    select file_index, row_number, to_json(raw_npr__persons) as raw
    from raw_npr__persons
    semi join broken using (file_index, row_number)
),

quarantined as (
    select
        broken.file_index,
        broken.row_number,
        broken.broken_rule as rule_name,
        broken.broken_column as column_name,
        cast(as_delivered.raw as varchar) as raw_text
    from broken
    inner join as_delivered
        on
            broken.file_index = as_delivered.file_index
            and broken.row_number = as_delivered.row_number
    union all
    select
        file_index,
        row_number,
        rule as rule_name,
        null as column_name,
        raw as raw_text
    from raw_rejects
),

final as (
    select
        quarantined.file_index,
        quarantined.row_number,
        files.table_name,
        files.file,
        quarantined.rule_name,
        quarantined.column_name,
        quarantined.raw_text
    from quarantined
    inner join files on quarantined.file_index = files.file_index
)

select * from final
