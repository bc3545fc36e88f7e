-- check_stays_are_delivered_once
-- Inpatient stays of one person that start the same day at the same institution in two files:
-- department stays (AVD) and hospital stays (SHO) are both delivered.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_id, start_date
-- threshold: 0.05
-- means: Every stay counts twice or more
-- what_to_do: deliver hospital stays or department stays, not both
-- source: register-facts 1.2; the threshold is our choice

with

contacts as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

care_levels as (
    select *
    from codelist_care_levels
    where has_nights = 'true'
),

stays as (
    select
        file_index,
        row_number,
        hash(npr_id, start_date, institution_id) as stay_hash
    from contacts
    where care_level_code in (select care_levels.care_level_code from care_levels)
),

repeated as (
    select stay_hash
    from stays
    group by stay_hash
    having min(file_index) < max(file_index)
),

final as (
    select
        file_index,
        row_number,
        stay_hash in (select repeated.stay_hash from repeated) as is_broken
    from stays
)

select * from final
