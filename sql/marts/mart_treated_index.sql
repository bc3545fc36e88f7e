-- mart_treated_index
-- One row per person and sector with a treated index contact: the first treatment contact
-- in the sector, in the study period, that follows washout_days without a treatment
-- contact in any sector. The washout is the half-open window
-- [index_date - washout_days, index_date).
-- grain: person_id, sector
-- params: sectors, washout_days, first_index_date, last_index_date
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
        ) as previous_start_date
    from contacts
),

starts as (
    select *
    from with_previous
    where
        (
            previous_start_date is null
            or start_date - previous_start_date > $washout_days
        )
        and start_date between $first_index_date and $last_index_date
        and list_contains($sectors, sector)
),

final as (
    select
        person_id,
        sector,
        start_date as index_date,
        is_outpatient,
        diagnosis,
        institution_id
    from starts
    qualify row_number() over (partition by person_id, sector order by start_date) = 1
)

select * from final
