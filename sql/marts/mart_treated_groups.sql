-- mart_treated_groups
-- One row per matched treated person, with subgroups, index year and service.
-- grain: sector, person_id
-- params: age_limits, seed
-- An age group begins at each of age_limits and ends before the next. The diagnosis chapter is
-- that of ICD-10, "unknown" for codes without one, or cut to fewer than three characters. The care
-- mode is that of the index contact (of the contact that begins the course), "unknown" without. The
-- service is the institution of the index contact, as a number that says nothing of it: services
-- are numbered from 1 by a seeded hash; null where the contact names none.
-- source: methods, "Estimators" (who benefits; one service)

with

treated as (
    select *
    from mart_matched_sets
    where is_treated
),

pool as (
    select *
    from mart_match_pool
    where is_treated
),

indexes as (
    select * from mart_treated_index
),

chapters as (
    select * from codelist_icd10_chapters
),

care_levels as (
    select * from codelist_care_levels
),

services as (
    select
        indexes.institution_id,
        row_number() over (
            order by md5(concat($seed, '|', indexes.institution_id)), indexes.institution_id
        ) as service
    from treated
    inner join indexes
        on treated.sector = indexes.sector and treated.person_id = indexes.person_id
    where indexes.institution_id is not null
    group by indexes.institution_id
),

described as (
    select
        treated.matched_set_id,
        treated.sector,
        treated.person_id,
        cast(year(treated.index_date) as integer) as index_year,
        pool.sex_code,
        pool.education_group,
        pool.diagnosis,
        indexes.institution_id,
        indexes.care_level_code,
        len(list_filter($age_limits, lambda age: age <= pool.age_years)) as age_place,
        list_sort($age_limits) as limits
    from treated
    inner join pool on treated.sector = pool.sector and treated.person_id = pool.person_id
    inner join indexes
        on treated.sector = indexes.sector and treated.person_id = indexes.person_id
),

final as (
    select
        described.matched_set_id,
        described.sector,
        described.person_id,
        described.index_year,
        described.sex_code as sex,
        case
            when len(described.limits) = 0 then 'all'
            when described.age_place = 0 then concat('under_', described.limits[1])
            when described.age_place = len(described.limits)
                then concat(described.limits[-1], '_and_over')
            else concat(
                described.limits[described.age_place],
                '_',
                described.limits[described.age_place + 1] - 1
            )
        end as age_group,
        described.education_group,
        coalesce(chapters.chapter, 'unknown') as diagnosis_chapter,
        case
            when care_levels.is_outpatient = 'true' then 'outpatient'
            when care_levels.has_nights = 'true' then 'inpatient'
            when care_levels.has_nights = 'false' then 'day_treatment'
            else 'unknown'
        end as care_mode,
        services.service
    from described
    left join chapters
        on substr(described.diagnosis, 1, 3) between chapters.first_code and chapters.last_code
    left join care_levels on described.care_level_code = care_levels.care_level_code
    left join services on described.institution_id = services.institution_id
)

select * from final
