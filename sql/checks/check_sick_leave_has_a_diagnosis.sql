-- check_sick_leave_has_a_diagnosis
-- Share of sick leave without a diagnosis by file and year, in files that hold any diagnosis:
-- more than ten in a hundred.
-- family: completeness
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: diagnosis_code
-- threshold: 0
-- params: sick_leave_benefit_codes
-- means: sick leave for the complaint that was treated cannot be told from other sick leave
-- what_to_do: ask NAV for the diagnoses of these years
-- source: our choice

with

spells as (
    select *
    from stg_nav__benefit_spells
    where
        broken_rule is null
        and list_contains($sick_leave_benefit_codes, benefit_code)
),

files as (
    select * from raw_files
),

years as (
    select
        file_index,
        year(start_date) as start_year,
        count(*) as n_spells,
        count(diagnosis_code) as n_known
    from spells
    group by all
),

beside as (
    select
        *,
        sum(n_known) over (partition by file_index) as n_known_in_file
    from years
),

final as (
    select
        files.file || ' ' || beside.start_year as place,
        beside.n_known < 0.9 * beside.n_spells as is_broken
    from beside
    inner join files on beside.file_index = files.file_index
    where beside.n_known_in_file > 0 and beside.n_spells >= 50
)

select * from final
