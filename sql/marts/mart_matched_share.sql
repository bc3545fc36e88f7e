-- mart_matched_share
-- One row per sector: persons with a treatment contact in the study period, those eligible
-- and those matched. The share has all of them as denominator, whatever the reason for
-- leaving (SINTEF: over 93 per cent).
-- grain: sector

with

attrition as (
    select *
    from mart_attrition
    where arm = 'treated'
),

pivoted as (
    select
        sector,
        max(n_persons) filter (where step_name = 'contact') as n_persons,
        max(n_persons) filter (where step_name = 'washout_visible') as n_eligible,
        max(n_persons) filter (where step_name = 'matched') as n_matched
    from attrition
    group by all
),

final as (
    select
        sector,
        n_persons,
        n_eligible,
        n_matched,
        n_matched / nullif(n_persons, 0) as matched_share
    from pivoted
)

select * from final
