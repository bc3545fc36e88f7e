-- mart_treated_index
-- One row per person and sector with a treated index contact: the first treatment contact
-- in the sector that follows washout_days without a treatment contact in any sector. The
-- washout is the half-open window [course_start_date - washout_days, course_start_date).
-- grain: person_id, sector
-- params: sectors, washout_days, first_index_date, last_index_date, course_gap_days,
--   anchors_at_end
-- Time zero is that contact, or, where the study anchors at the end, the last day of the course
-- of treatment that it begins: treatment contacts in the sector with gaps under
-- course_gap_days. The first course whose time zero lies in the study period counts.
-- Looking ahead: that a contact was the last is known only course_gap_days later, so the end
-- selects on what comes after it; the treatment itself then lies in the window before; and a
-- course that the register's last day cuts looks as if it had ended there.
-- source: methods, "The published design" (our choice)

with

contacts as (
    select *
    from mart_study_contacts
    where is_treatment
),

with_previous as (
    select
        *,
        max(start_date) over (
            partition by person_id
            order by start_date
            range between unbounded preceding and interval 1 day preceding
        ) as previous_start_date,
        coalesce(
            start_date - max(end_date) over (
                partition by person_id, sector
                order by start_date
                range between unbounded preceding and interval 1 day preceding
            ) < $course_gap_days,
            false
        ) as goes_on
    from contacts
),

numbered as (
    select
        *,
        sum(if(goes_on, 0, 1)) over (
            partition by person_id, sector order by start_date
        ) as course_number
    from with_previous
),

with_end as (
    select
        *,
        max(end_date) over (partition by person_id, sector, course_number) as course_end_date
    from numbered
),

starts as (
    select
        *,
        if($anchors_at_end, course_end_date, start_date) as index_date
    from with_end
    where
        (
            previous_start_date is null
            or start_date - previous_start_date > $washout_days
        )
        and index_date between $first_index_date and $last_index_date
        and list_contains($sectors, sector)
),

final as (
    select
        person_id,
        sector,
        index_date,
        start_date as course_start_date,
        is_outpatient,
        care_level_code,
        diagnosis,
        institution_id
    from starts
    qualify row_number() over (partition by person_id, sector order by start_date) = 1
)

select * from final
