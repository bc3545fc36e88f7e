-- mart_return_to_work
-- One row per person in a matched set: when work is taken up after the index date, as far as
-- registers tell it, namely days without any health-related benefit.
-- grain: matched_set_id, person_id
-- params: health_benefit_codes, short_return_days, long_return_days
-- days_to_return: to the first day from the index date without such a benefit.
-- days_to_sustained_return_short, _long: to the first day of the first run of that many days.
-- days_to_aap, days_to_disability: to the first day with AAP, with a permanent benefit; 0 when
-- it is in force on the index date. All are null when not seen in time.
-- censored_after_days: to the end of observation, which is death, emigration, age 67 or the
-- last day of the register (censored_by; in that order on one date). A run that this cuts
-- before it is long enough is no return: censored_after_days_short, _long are then the run's
-- first day, else the end of observation; null when the return was seen.
-- Age 67 is the first day of the month after the month of the 67th birthday (our choice), and
-- an unknown month of birth is July (our choice). Who comes back from abroad is not followed
-- again (our choice).
-- source: register-facts 2.6 (the benefits); methods, time to sustained return to work

with

masks as (
    select
        bit_or(bit) filter (where list_contains($health_benefit_codes, code)) as health_benefit,
        bit_or(bit) filter (where code = 'AAP') as aap,
        bit_or(bit) filter (where is_permanent) as permanent
    from (
        select
            benefit_code as code,
            cast(benefit_bit as integer) as bit,
            cast(is_permanent as boolean) as is_permanent
        from codelist_benefits
    ) as typed
),

dated as (
    select
        sets.*,
        persons.death_date,
        persons.emigration_date,
        last_day(make_date(persons.birth_year + 67, coalesce(persons.birth_month, 7), 1)) + 1
            as age_67_date,
        greatest(
            sets.index_date,
            -- least() passes over what is missing: who is not observed is not followed.
            least(coalesce(stretches.until_date, sets.index_date), age_67_date)
        ) as end_date
    from mart_matched_sets as sets
    left join core_persons as persons on sets.person_id = persons.person_id
    left join core_person_time as stretches
        on
            sets.person_id = stretches.person_id
            and sets.index_date >= stretches.start_date
            and sets.index_date < stretches.until_date
),

intervals as (
    select
        dated.matched_set_id,
        dated.person_id,
        dated.index_date,
        dated.end_date,
        greatest(spells.start_date, dated.index_date) as start_date,
        least(spells.until_date, dated.end_date) as until_date,
        spells.benefit_set & masks.health_benefit > 0 as is_health_benefit,
        spells.benefit_set & masks.aap > 0 as is_aap,
        spells.benefit_set & masks.permanent > 0 as is_permanent
    from dated
    inner join core_benefit_intervals as spells
        on
            dated.person_id = spells.person_id
            and dated.index_date < spells.until_date
            and dated.end_date > greatest(spells.start_date, dated.index_date)
    cross join masks
    union all
    -- Nothing, on the index date: the run that begins there has it before it.
    select
        matched_set_id, person_id, index_date, end_date,
        index_date as start_date, index_date as until_date,
        true as is_health_benefit, false as is_aap, false as is_permanent
    from dated
),

runs as (
    select
        matched_set_id,
        person_id,
        until_date as start_date,
        lead(start_date) over in_order is null as is_last,
        coalesce(lead(start_date) over in_order, end_date) - until_date as days
    from intervals
    where is_health_benefit
    window in_order as (
        partition by matched_set_id, person_id order by start_date, until_date
    )
),

returns as (
    select
        matched_set_id,
        person_id,
        min(start_date) as first_date,
        min(start_date) filter (where days >= $short_return_days) as short_date,
        min(start_date) filter (where days >= $long_return_days) as long_date,
        -- The first day of the run that is cut by the end of observation.
        min(start_date) filter (where is_last) as cut_date
    from runs
    where days > 0
    group by matched_set_id, person_id
),

others as (
    select
        matched_set_id, person_id,
        bool_or(is_health_benefit and start_date = index_date and until_date > index_date)
            as was_on_benefit,
        min(start_date) filter (where is_aap) as aap_date,
        min(start_date) filter (where is_permanent) as disability_date
    from intervals
    group by matched_set_id, person_id
),

final as (
    select
        dated.* exclude (index_date, death_date, emigration_date, age_67_date, end_date),
        others.was_on_benefit,
        returns.first_date - dated.index_date as days_to_return,
        returns.short_date - dated.index_date as days_to_sustained_return_short,
        returns.long_date - dated.index_date as days_to_sustained_return_long,
        others.aap_date - dated.index_date as days_to_aap,
        others.disability_date - dated.index_date as days_to_disability,
        dated.end_date - dated.index_date as censored_after_days,
        coalesce(returns.cut_date, dated.end_date) - dated.index_date as cut_after_days,
        if(returns.short_date is null, cut_after_days, null) as censored_after_days_short,
        if(returns.long_date is null, cut_after_days, null) as censored_after_days_long,
        case
            when dated.death_date <= dated.end_date then 'death'
            when dated.emigration_date between dated.index_date and dated.end_date
                then 'emigration'
            when dated.age_67_date <= dated.end_date then 'age_67'
            else 'register_end'
        end as censored_by
    from dated
    inner join others using (matched_set_id, person_id)
    left join returns using (matched_set_id, person_id)
)

select * exclude (cut_after_days) from final
