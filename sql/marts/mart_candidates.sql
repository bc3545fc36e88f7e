-- mart_candidates
-- One row per index contact of either arm, with the matching variables at the index date
-- and the first eligibility step it fails (null when eligible).
-- grain: is_treated, person_id, sector, index_date
-- params: min_age_years, max_age_years, before_days, after_days, contacts_first_date,
--   benefits_first_date, benefits_last_date, washout_days, drops_left_truncated,
--   age_bands, match_on, within_index_year
-- Age is index year less birth year, and age_bands holds the band of each age from 0.
-- Education is the latest status before the index year. Follow-up is complete when the person
-- is alive and resident, and the benefit register reaches, from index_date - before_days to
-- index_date + after_days. Immigration after emigration is a return: the person was away in
-- between, and resident otherwise.
-- The washout is that before the course, wherever in the course the index date lies.
-- The stratum joins the matching variables the study names, always within sector.

with

persons as (
    select * from core_persons
),

education as (
    select * from core_education
),

levels as (
    select * from mart_diagnosis_levels
),

steps as (
    select * from codelist_attrition_steps
),

indexes as (
    select
        true as is_treated,
        person_id,
        sector,
        index_date,
        course_start_date,
        diagnosis,
        false as has_treatment_nearby
    from mart_treated_index
    union all
    select
        false as is_treated,
        person_id,
        sector,
        index_date,
        course_start_date,
        diagnosis,
        has_treatment_nearby
    from mart_control_index
),

described as (
    select
        indexes.is_treated,
        indexes.person_id,
        indexes.sector,
        indexes.index_date,
        levels.diagnosis_level as diagnosis,
        indexes.has_treatment_nearby,
        persons.random_order,
        persons.is_linked,
        persons.sex_code,
        persons.death_date,
        persons.emigration_date,
        persons.immigration_date,
        year(indexes.index_date) as index_year,
        year(indexes.index_date) - persons.birth_year as age_years,
        coalesce(education.education_group, 'missing') as education_group,
        indexes.index_date - $before_days as before_date,
        indexes.index_date + $after_days as after_date,
        indexes.course_start_date - $washout_days < $contacts_first_date as is_left_truncated
    from indexes
    inner join persons on indexes.person_id = persons.person_id
    left join levels on indexes.diagnosis = levels.diagnosis
    asof left join education
        on
            indexes.person_id = education.person_id
            and year(indexes.index_date) > education.status_year
),

judged as (
    select
        *,
        list_extract(cast($age_bands as integer []), age_years + 1) as age_band,
        case
            when not is_linked then 'linked'
            when has_treatment_nearby then 'no_treatment_nearby'
            when
                sex_code is null or age_years not between $min_age_years and $max_age_years
                then 'age_and_sex'
            when diagnosis is null then 'diagnosis_known'
            when
                death_date < after_date
                or if(
                    immigration_date > emigration_date,
                    emigration_date < after_date and immigration_date > before_date,
                    coalesce(emigration_date < after_date, false)
                    or coalesce(immigration_date > before_date, false)
                )
                then 'alive_and_resident'
            when
                before_date < $benefits_first_date
                or after_date > $benefits_last_date + 1
                then 'registers_cover_windows'
            when $drops_left_truncated and is_left_truncated then 'washout_visible'
        end as failed_step_code
    from described
),

final as (
    select
        judged.is_treated,
        judged.person_id,
        judged.sector,
        judged.index_date,
        judged.random_order,
        judged.diagnosis,
        judged.sex_code,
        judged.age_years,
        judged.age_band,
        judged.education_group,
        judged.index_year,
        judged.is_left_truncated,
        judged.failed_step_code,
        cast(steps.step as integer) as failed_step,
        concat_ws(
            '|',
            case when list_contains($match_on, 'diagnosis') then judged.diagnosis end,
            case when list_contains($match_on, 'sex') then judged.sex_code end,
            case when list_contains($match_on, 'age_band') then judged.age_band end,
            case when list_contains($match_on, 'education_group') then judged.education_group end,
            case when $within_index_year then judged.index_year end
        ) as stratum
    from judged
    left join steps on judged.failed_step_code = steps.step_code
)

select * from final
