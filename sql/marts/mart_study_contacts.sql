-- mart_study_contacts
-- One row per person, sector and day with a contact, in every sector: a treatment in a
-- sector outside the study still counts in washout and exclusion.
-- grain: person_id, sector, start_date
-- params: debitor_codes, replaces_z_codes
-- `is_treatment` marks the intervention: a contact with one of its debitor codes and the
-- patient present. Several contacts on one day: a treatment goes before others, then the
-- lowest care level, diagnosis and institution, so that file order never matters.
-- The matching diagnosis is the main code, or the first code outside the chapter of
-- contact reasons (Z) when the study says so; whole here, and as coarse as the study matches
-- it in mart_candidates (mart_diagnosis_levels).
-- source: register-facts 4 (first non-Z code as match key)

with

contacts as (
    select * from core_contacts
),

reasons as (
    select * from codelist_icd10_contact_reasons
),

coded as (
    select
        *,
        coalesce(list_contains($debitor_codes, debitor_code), false) as has_treatment_code,
        has_treatment_code and is_patient_present as is_treatment,
        case
            when
                $replaces_z_codes
                and left(main_icd10_code, 1) in (select chapter_letter from reasons)
                then coalesce(
                    list_filter(
                        string_split(coalesce(secondary_icd10_codes, ''), '|'),
                        lambda code: code <> ''
                        and left(code, 1) <> left(main_icd10_code, 1)
                    )[1],
                    main_icd10_code
                )
            else main_icd10_code
        end as match_icd10_code
    from contacts
),

days as (
    select
        person_id,
        sector,
        start_date,
        max(end_date) as end_date,
        bool_or(is_patient_present) as is_patient_present,
        bool_or(has_treatment_code) as has_treatment_code,
        bool_or(is_treatment) as is_treatment,
        count_if(is_treatment) as treatment_contact_count,
        arg_min(
            {
                'outpatient': is_outpatient,
                'care_level_code': care_level_code,
                'diagnosis': match_icd10_code,
                'institution_id': institution_id
            },
            {
                'not_treatment': not is_treatment,
                'not_present': not is_patient_present,
                'care_level': coalesce(care_level_code, ''),
                'diagnosis': coalesce(match_icd10_code, '~'),
                'institution_id': coalesce(institution_id, '~')
            }
        ) as chosen
    from coded
    group by person_id, sector, start_date
),

final as (
    select
        person_id,
        sector,
        start_date,
        end_date,
        is_patient_present,
        has_treatment_code,
        is_treatment,
        treatment_contact_count,
        chosen.outpatient as is_outpatient,
        chosen.care_level_code,
        chosen.diagnosis,
        chosen.institution_id
    from days
)

select * from final
