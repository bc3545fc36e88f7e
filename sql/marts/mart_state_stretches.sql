-- mart_state_stretches
-- One row per stretch [start_date, until_date) in which a person of a matched set is in a
-- state; stretches of different states overlap, and mart_person_states takes the highest.
-- grain: person_id, state_code, start_date
-- source: states, what they are made of and their sources in codelist_states
-- A date that no register bounds is infinity. Who came to the country after the delivery
-- begins is abroad until then; an immigration after an emigration is a return, as in
-- core_person_time. Old age begins the month after the 67th birthday, as in
-- mart_return_to_work; an unknown month of birth is July (our choice).

with

sets as (
    select distinct person_id from mart_matched_sets
),

persons as (
    select core_persons.*
    from core_persons
    inner join sets on core_persons.person_id = sets.person_id
),

intervals as (
    select core_benefit_intervals.*
    from core_benefit_intervals
    inner join sets on core_benefit_intervals.person_id = sets.person_id
),

benefits as (
    select * from codelist_benefits
),

named as (
    select
        state_code,
        cast(is_full as boolean) as is_full,
        unnest(string_split(benefit_codes, '|')) as benefit_code
    from codelist_states
),

-- A permanent benefit has a grade of its own.
states as (
    select
        named.state_code,
        named.is_full,
        bool_or(cast(benefits.is_permanent as boolean)) as is_permanent,
        cast(sum(cast(benefits.benefit_bit as integer)) as integer) as benefit_bits
    from named
    inner join benefits on named.benefit_code = benefits.benefit_code
    group by all
),

final as (
    select
        intervals.person_id,
        states.state_code,
        intervals.start_date,
        intervals.until_date
    from intervals
    inner join states
        on
            intervals.benefit_set & states.benefit_bits > 0
            and coalesce(
                -- Shares of jobs add up to 100 but for the last digit.
                states.is_full = (
                    round(
                        if(
                            states.is_permanent,
                            intervals.disability_grade,
                            intervals.sick_leave_grade
                        ),
                        6
                    ) >= 100
                ),
                states.is_full is null
            )
    union all
    select
        person_id,
        'dead' as state_code,
        death_date as start_date,
        cast('infinity' as date) as until_date
    from persons
    where death_date is not null
    union all
    select
        person_id,
        'emigrated' as state_code,
        emigration_date as start_date,
        if(immigration_date > emigration_date, immigration_date, cast('infinity' as date))
            as until_date
    from persons
    where emigration_date is not null
    union all
    select
        person_id,
        'emigrated' as state_code,
        cast('-infinity' as date) as start_date,
        immigration_date as until_date
    from persons
    where immigration_date <= coalesce(emigration_date, immigration_date)
    union all
    select
        person_id,
        'old_age' as state_code,
        cast(
            make_date(birth_year + 67, coalesce(birth_month, 7), 1) + interval 1 month
            as date
        ) as start_date,
        cast('infinity' as date) as until_date
    from persons
    where birth_year is not null
)

select * from final
