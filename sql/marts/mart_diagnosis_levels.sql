-- mart_diagnosis_levels
-- One row per diagnosis of an index contact, with what it is matched as: its first
-- icd10_characters, or its group where the study matches on groups.
-- grain: diagnosis
-- params: icd10_characters, matches_diagnosis_groups
-- A code that no group holds keeps its first characters, so that nobody leaves the study for
-- want of a group. The groups are the level "group" of the code list; each code is in one at
-- most.
-- source: register-facts 4 (table of groups; UNVERIFIED, see the list)

with

indexes as (
    select diagnosis from mart_treated_index
    union
    select diagnosis from mart_control_index
),

groups as (
    select
        group_code,
        first_code,
        last_code
    from codelist_icd10_groups
    where $matches_diagnosis_groups and level = 'group'
),

final as (
    select
        indexes.diagnosis,
        coalesce(
            groups.group_code, left(indexes.diagnosis, $icd10_characters)
        ) as diagnosis_level
    from indexes
    left join groups on left(indexes.diagnosis, 5) between groups.first_code and groups.last_code
    where indexes.diagnosis is not null
)

select * from final
