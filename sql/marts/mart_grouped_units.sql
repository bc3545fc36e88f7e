-- mart_grouped_units
-- One row per person in a matched set and group of its treated: a group is alike in subgroups,
-- index year and service.
-- grain: is_treated, matched_set_id, person_id, group_number
-- A control stands with the treated of its set. Where a set has several, as with stratification,
-- the control is in each of their groups, and its weight is shared out as they are: in every group
-- the controls of a set weigh as its treated do. Sets without treated, which weights make, have no
-- rows.
-- source: methods, "Estimators" (who benefits; one service)

with

units as (
    select * from mart_matched_units
),

groups as (
    select
        *,
        dense_rank() over (
            partition by matched_set_id
            order by
                index_year, sex, age_group, education_group, diagnosis_chapter, care_mode, service
        ) as group_number
    from mart_treated_groups
),

counted as (
    select
        matched_set_id,
        group_number,
        index_year,
        sex,
        age_group,
        education_group,
        diagnosis_chapter,
        care_mode,
        service,
        count(*) as n_treated
    from groups
    group by all
),

shares as (
    select
        * exclude (n_treated),
        n_treated / sum(n_treated) over (partition by matched_set_id) as share
    from counted
),

final as (
    select
        units.*,
        groups.* exclude (matched_set_id, sector, person_id)
    from units
    inner join groups on units.sector = groups.sector and units.person_id = groups.person_id
    where units.is_treated
    union all by name
    select
        units.* replace (units.weight * shares.share as weight),
        shares.* exclude (matched_set_id, share)
    from units
    inner join shares on units.matched_set_id = shares.matched_set_id
    where not units.is_treated
)

select * from final
