-- mart_attrition
-- One row per sector, arm and step: persons who remain and persons who left at the step.
-- grain: sector, arm, step
-- params: sectors
-- Sector ALL counts each person once per arm, with the sector that comes furthest.

with

person_steps as (
    select * from mart_person_steps
),

steps as (
    select * from codelist_attrition_steps
),

with_all as (
    select
        sector,
        is_treated,
        person_id,
        last_step
    from person_steps
    union all
    select
        'ALL' as sector,
        is_treated,
        person_id,
        max(last_step) as last_step
    from person_steps
    group by all
),

-- Few distinct values: counting before crossing with the steps keeps the cost linear.
counted as (
    select
        sector,
        is_treated,
        last_step,
        count(*) as person_count
    from with_all
    group by all
),

arm_steps as (
    select
        cast(step as integer) as step,
        step_code,
        true as is_treated
    from steps
    where applies_to_treated = 'true'
    union all
    select
        cast(step as integer) as step,
        step_code,
        false as is_treated
    from steps
    where applies_to_control = 'true'
),

sector_list as (
    select unnest(list_append($sectors, 'ALL')) as sector
),

remaining as (
    select
        sector_list.sector,
        arm_steps.is_treated,
        arm_steps.step,
        arm_steps.step_code,
        coalesce(sum(counted.person_count) filter (
            where counted.last_step >= arm_steps.step
        ), 0) as person_count
    from sector_list
    cross join arm_steps
    left join counted
        on
            sector_list.sector = counted.sector
            and arm_steps.is_treated = counted.is_treated
    group by all
),

final as (
    select
        sector,
        if(is_treated, 'treated', 'control') as arm,
        step,
        step_code as step_name,
        cast(person_count as bigint) as n_persons,
        cast(coalesce(
            lag(person_count) over (
                partition by sector, is_treated order by step
            ) - person_count,
            0
        ) as bigint) as n_excluded
    from remaining
)

select * from final
