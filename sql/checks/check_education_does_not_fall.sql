-- check_education_does_not_fall
-- Years in which a known highest level is lower than in an earlier year of the same person.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__education
-- column: nus2000_code, year
-- threshold: 0.01
-- means: the column may hold current, not highest education; the matched are less alike
-- what_to_do: ask SSB whether the column is the highest completed education
-- source: register-facts 3.1; the share: our choice

with

education as (
    select *
    from stg_ssb__education
    where
        broken_rule is null
        and education_level_code in (
            select education_level_code
            from codelist_education_levels
            where is_level = 'true'
        )
),

final as (
    select
        file_index,
        row_number,
        coalesce(education_level_code < max(education_level_code) over (
            partition by ssb_id
            order by status_year
            range between unbounded preceding and 1 preceding
        ), false) as is_broken
    from education
)

select * from final
