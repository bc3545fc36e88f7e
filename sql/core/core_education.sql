-- core_education
-- One row per person and year of a change in education status (1 October).
-- grain: person_id, status_year
-- Levels 0 and 9 have no group in the code list; they and unknown codes become the group
-- `missing`. Two statuses in one year
-- give the higher level.
-- source: register-facts 3.1 (three groups: 1-2, 3-5, 6-8)

with

education as (
    select *
    from stg_ssb__education
    where broken_rule is null
),

keys as (
    select *
    from core_person_keys
    where ssb_id is not null
),

levels as (
    select * from codelist_education_levels
),

joined as (
    select
        keys.person_id,
        education.status_year,
        education.education_level_code,
        levels.education_group
    from education
    inner join keys on education.ssb_id = keys.ssb_id
    left join levels on education.education_level_code = levels.education_level_code
),

final as (
    select
        person_id,
        status_year,
        coalesce(
            arg_max(education_group, education_level_code), 'missing'
        ) as education_group
    from joined
    group by all
)

select * from final
