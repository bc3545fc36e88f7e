-- check_education_fits_age
-- Tertiary education before the year of turning 19.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__education
-- column: nus2000_code, birth_year
-- threshold: 0.001
-- means: education or birth years may belong to other persons: who is matched with whom is wrong
-- what_to_do: compare the keys of the education file with those of the person file; see whether
--   the column holds the level begun, and not the level completed
-- source: our choice

with

education as (
    select *
    from stg_ssb__education
    where broken_rule is null
),

levels as (
    select *
    from codelist_education_levels
    where education_group = 'tertiary'
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

final as (
    select
        education.file_index,
        education.row_number,
        education.status_year - persons.birth_year < 19 as is_broken
    from education
    semi join levels on education.education_level_code = levels.education_level_code
    inner join persons on education.ssb_id = persons.ssb_id
)

select * from final
