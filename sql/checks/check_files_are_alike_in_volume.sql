-- check_files_are_alike_in_volume
-- No file holds less than three tenths of the contacts of the middle file of its sector, where
-- a sector has three files or more. A cell is a file.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: any
-- threshold: 0
-- means: A cut file is read as a year with few contacts
-- what_to_do: compare the number of rows with what NPR says it sent
-- source: our choice

with

counts as (
    select * from stg_npr__contact_counts
),

files as (
    select * from raw_files
),

volumes as (
    select
        file_index,
        sector,
        sum(n_contacts) as n_contacts
    from counts
    group by file_index, sector
),

compared as (
    select
        *,
        median(n_contacts) over (partition by sector) as n_middle,
        count(*) over (partition by sector) as n_files
    from volumes
),

final as (
    select
        files.file || ' ' || compared.sector as place,
        compared.n_contacts < 0.3 * compared.n_middle as is_broken
    from compared
    inner join files on compared.file_index = files.file_index
    where compared.n_files >= 3
)

select * from final
