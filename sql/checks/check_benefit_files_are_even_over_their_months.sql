-- check_benefit_files_are_even_over_their_months
-- Starts by file and month beside the usual month of that file in the same year: under a quarter
-- is a file that was cut, over four times rows that came together in one month. The months of
-- first coverage and of conversions are left out.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: start_date
-- threshold: 0
-- params: benefits_first_date, benefits_last_date
-- means: part of a file is missing or dates were made up: benefit days are wrong around that month
-- what_to_do: ask NAV for the file again
-- source: our choice

with

counts as (
    select * from stg_nav__benefit_counts
),

files as (
    select * from raw_files
),

conversions as (
    select cast(date_trunc('month', cast(valid_from as date)) as date) as start_month
    from codelist_benefits
    where valid_from is not null
),

months as (
    select
        files.file,
        counts.start_month,
        sum(counts.n_spells) as n_spells
    from counts
    inner join files on counts.file_index = files.file_index
    where
        counts.start_month > $benefits_first_date
        and counts.start_month <= $benefits_last_date - 31
        and counts.start_month not in (select conversions.start_month from conversions)
    group by all
),

beside as (
    select
        *,
        median(n_spells) over (partition by file, year(start_month)) as n_usual
    from months
),

final as (
    select
        "file" || ' ' || strftime(start_month, '%Y-%m') as place,
        n_spells < 0.25 * n_usual or n_spells > 4 * n_usual as is_broken
    from beside
    where n_usual >= 20
)

select * from final
