-- mart_person_steps
-- One row per person, sector and arm with the last attrition step the person reached.
-- grain: is_treated, sector, person_id
-- params: sectors, first_index_date, last_index_date
-- A person with several courses counts with the one that comes furthest.

with

contacts as (
    select *
    from mart_study_contacts
    where
        start_date between $first_index_date and $last_index_date
        and list_contains($sectors, sector)
),

persons as (
    select * from core_persons
),

candidates as (
    select * from mart_candidates
),

pool as (
    select * from mart_match_pool
),

sets as (
    select * from mart_matched_sets
),

steps as (
    select
        step_code,
        cast(step as integer) as step
    from codelist_attrition_steps
),

-- A treatment contact with the patient absent is no treatment, yet it is where such a
-- person leaves; so the treated arm starts from the debitor code alone. An ordinary contact
-- on the same day counts in the control arm.
arms as (
    select
        true as is_treated,
        sector,
        person_id,
        is_treatment as is_patient_present
    from contacts
    where has_treatment_code
    union all
    select
        false as is_treated,
        sector,
        person_id,
        is_patient_present
    from contacts
    where not is_treatment and (is_patient_present or not has_treatment_code)
),

reached as (
    select
        arms.is_treated,
        arms.sector,
        arms.person_id,
        case
            when not arms.is_patient_present then 'contact'
            when not persons.is_linked then 'patient_present'
            else 'linked'
        end as step_code,
        0 as steps_before
    from arms
    inner join persons on arms.person_id = persons.person_id
    union all
    select
        is_treated,
        sector,
        person_id,
        coalesce(failed_step_code, 'washout_visible') as step_code,
        if(failed_step_code is null, 0, 1) as steps_before
    from candidates
    union all
    select
        is_treated,
        sector,
        person_id,
        'comparable' as step_code,
        0 as steps_before
    from pool
    where is_comparable
    union all
    select
        is_treated,
        sector,
        person_id,
        'matched' as step_code,
        0 as steps_before
    from sets
),

final as (
    select
        reached.is_treated,
        reached.sector,
        reached.person_id,
        max(steps.step - reached.steps_before) as last_step
    from reached
    inner join steps on reached.step_code = steps.step_code
    group by all
)

select * from final
