-- stg_nav__benefit_counts
-- One row per delivered file, benefit, month of start and state of the link, with counts of
-- usable spells: the checks of months and years read these, and the spells only once.
-- grain: file_index, benefit_code, start_month, link_state
-- Starts on the first day of a month and ends on the last leave out the days on which a
-- benefit came into force or was replaced.
-- `n_past_death` counts spells that run more than 31 days after a death, `n_too_young` and
-- `n_too_old` starts outside the ages of the code list (year of start less year of birth).
-- source: register-facts 2.4 and 2.5; 31 days: our choice, for deaths known by month

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

links as (
    select *
    from stg_link__persons
    where broken_rule is null and nav_id is not null
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

benefits as (
    select
        benefit_code,
        cast(valid_from as date) as first_day,
        cast(valid_to as date) as last_day,
        cast(youngest_years as integer) as youngest_years,
        cast(oldest_years as integer) as oldest_years
    from codelist_benefits
),

-- A key linked twice would count its spells twice.
keys as (
    select
        links.nav_id,
        max(persons.birth_year) as birth_year,
        max(persons.death_date) as death_date
    from links
    left join persons on links.ssb_id = persons.ssb_id
    group by all
),

states as (
    select
        spells.*,
        case
            when keys.nav_id is null then 'not_in_link'
            when keys.birth_year is null then 'no_ssb_person'
            else 'linked'
        end as link_state,
        keys.death_date,
        year(spells.start_date) - keys.birth_year as age_years,
        benefits.first_day,
        benefits.last_day,
        benefits.youngest_years,
        benefits.oldest_years
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    left join keys on spells.nav_id = keys.nav_id
),

final as (
    select
        file_index,
        benefit_code,
        cast(date_trunc('month', start_date) as date) as start_month,
        link_state,
        count(*) as n_spells,
        cast(sum(greatest(until_date - start_date, 0)) as bigint) as n_days,
        count(*) filter (where is_ongoing) as n_ongoing,
        count(*) filter (where not is_ongoing and until_date - start_date = 1) as n_one_day,
        count(*) filter (
            where day(start_date) = 1 and start_date is distinct from first_day
        ) as n_first_day_starts,
        count(*) filter (
            where not is_ongoing
            and day(until_date) = 1
            and until_date - 1 is distinct from last_day
        ) as n_last_day_ends,
        -- Not count_if, which is null where no death is known.
        count(*) filter (where start_date > death_date) as n_after_death,
        count(*) filter (where until_date - 1 > death_date + 31) as n_past_death,
        count(*) filter (where age_years < youngest_years) as n_too_young,
        count(*) filter (where age_years > oldest_years) as n_too_old
    from states
    group by all
)

select * from final
