-- core_contacts
-- One row per usable contact with specialist health care.
-- grain: file_index, row_number
-- `is_patient_present` is false for an indirect contact (patient absent): it is never a
-- treatment, but it is kept so that whoever has nothing else is counted in attrition.
-- Rows that NPR itself could not tie to a person are left out; the quality table counts
-- them.
-- source: register-facts 1.4 (kontaktType, NPRId_reg)

with

contacts as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

keys as (
    select * from core_person_keys
),

contact_types as (
    select * from codelist_contact_types
),

care_levels as (
    select * from codelist_care_levels
),

link_statuses as (
    select * from codelist_npr_link_statuses
),

final as (
    select
        contacts.file_index,
        contacts.row_number,
        keys.person_id,
        contacts.sector,
        contacts.start_date,
        contacts.end_date,
        contacts.care_level_code,
        coalesce(care_levels.is_outpatient = 'true', false) as is_outpatient,
        coalesce(contact_types.is_patient_present = 'true', true) as is_patient_present,
        contacts.debitor_code,
        contacts.main_icd10_code,
        contacts.secondary_icd10_codes,
        contacts.procedure_codes,
        contacts.institution_id
    from contacts
    inner join keys on contacts.npr_id = keys.npr_id
    left join contact_types
        on contacts.contact_type_code = contact_types.contact_type_code
    left join care_levels on contacts.care_level_code = care_levels.care_level_code
    left join link_statuses
        on contacts.npr_link_status_code = link_statuses.npr_link_status_code
    where coalesce(link_statuses.has_person_key = 'true', true)
)

select * from final
