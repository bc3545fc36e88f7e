-- mart_control_index
-- One row per course of a person in a sector that may serve as comparison: its first
-- contact is not a treatment, lies in the study period and, where the study says so, is
-- outpatient. A course is a run of contacts in one sector; a new one begins after
-- course_gap_days without a contact.
-- grain: person_id, sector, index_date
-- params: sectors, course_gap_days, first_index_date, last_index_date, outpatient_only_sectors,
--   exclusion_before_days, exclusion_after_days, anchors_at_end
-- Time zero is that contact or, where the study anchors at the end, the last day of the course;
-- it lies in the study period. What an end looks ahead to: mart_treated_index.
-- `has_treatment_nearby` is true when the person has a treatment contact in any sector
-- from exclusion_before_days before the course to exclusion_after_days after time zero, both
-- ends included.
-- source: methods, "The published design" (our choice)

with

contacts as (
    select *
    from mart_study_contacts
    where is_patient_present
),

treatments as (
    select
        person_id,
        list(distinct start_date) as treatment_dates
    from contacts
    where is_treatment
    group by all
),

with_previous as (
    select
        *,
        max(end_date) over (
            partition by person_id, sector
            order by start_date
            range between unbounded preceding and interval 1 day preceding
        ) as previous_end_date
    from contacts
),

-- Empty, and free, where nothing is anchored at an end.
last_ends as (
    select
        person_id,
        sector,
        max(end_date) as last_end_date
    from contacts
    where $anchors_at_end
    group by person_id, sector
),

-- A course ends on the latest day before the next one begins.
courses as (
    select
        *,
        lead(previous_end_date) over (
            partition by person_id, sector order by start_date
        ) as course_end_date
    from with_previous
    where
        previous_end_date is null
        or start_date - previous_end_date >= $course_gap_days
),

starts as (
    select
        courses.*,
        if(
            $anchors_at_end,
            coalesce(courses.course_end_date, last_ends.last_end_date),
            courses.start_date
        ) as index_date
    from courses
    left join last_ends
        on courses.person_id = last_ends.person_id and courses.sector = last_ends.sector
    where
        not courses.is_treatment
        and index_date between $first_index_date and $last_index_date
        and list_contains($sectors, courses.sector)
        and (
            courses.is_outpatient
            or not list_contains($outpatient_only_sectors, courses.sector)
        )
),

final as (
    select
        starts.person_id,
        starts.sector,
        starts.index_date,
        starts.start_date as course_start_date,
        starts.is_outpatient,
        starts.diagnosis,
        treatments.person_id is not null and len(list_filter(
            treatments.treatment_dates,
            lambda treatment_date: treatment_date between
            starts.start_date - $exclusion_before_days
            and starts.index_date + $exclusion_after_days
        )) > 0 as has_treatment_nearby
    from starts
    left join treatments on starts.person_id = treatments.person_id
)

select * from final
