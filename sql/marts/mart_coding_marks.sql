-- mart_coding_marks
-- One row per person in a matched set: whether work-directed care is seen from the index date on,
-- by which treated persons without the treatment code show themselves among the controls.
-- grain: matched_set_id, person_id
-- params: after_days
-- `has_mark`: a contact in the sector in [index_date, index_date + after_days), the patient
-- present, whose main diagnosis (its code or category) or a procedure stands in
-- codelist_work_directed_codes. Secondary diagnoses tell of a person's work, not of what was
-- done, and are not read.
-- source: register-facts 1.5 (codes); that they tell of treatment: our choice

with

codes as (
    select list(code) as work_codes
    from codelist_work_directed_codes
),

marked as (
    select
        contacts.person_id,
        contacts.sector,
        contacts.start_date
    from core_contacts as contacts
    cross join codes
    where
        contacts.is_patient_present
        and (
            list_contains(codes.work_codes, contacts.main_icd10_code)
            or list_contains(codes.work_codes, left(contacts.main_icd10_code, 3))
            or list_has_any(string_split(upper(contacts.procedure_codes), '|'), codes.work_codes)
        )
),

final as (
    select
        sets.matched_set_id,
        sets.person_id,
        cast(year(any_value(sets.index_date)) as integer) as index_year,
        count(marked.person_id) > 0 as has_mark
    from mart_matched_sets as sets
    left join marked
        on
            sets.person_id = marked.person_id
            and sets.sector = marked.sector
            and sets.index_date <= marked.start_date
            and sets.index_date + $after_days > marked.start_date
    group by sets.matched_set_id, sets.person_id
)

select * from final
