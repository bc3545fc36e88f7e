-- core_benefit_spells
-- One row per spell of one benefit of one person, half-open [start_date, until_date):
-- overlapping and touching rows of the same benefit (two jobs, prolongations, corrections)
-- are one spell. Bounded by the register's first and last day.
-- grain: person_id, benefit_code, start_date
-- params: benefits_first_date, benefits_last_date
-- source: register-facts 2.4 (one row per job: union the days before counting them)

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

keys as (
    select *
    from core_person_keys
    where nav_id is not null
),

bounded as (
    select
        keys.person_id,
        spells.benefit_code,
        greatest(spells.start_date, $benefits_first_date) as start_date,
        -- One row a start date: with ties, two windows could order the rows differently.
        max(least(spells.until_date, $benefits_last_date + 1)) as until_date
    from spells
    inner join keys on spells.nav_id = keys.nav_id
    where
        spells.start_date <= $benefits_last_date
        and spells.until_date > $benefits_first_date
    group by all
),

-- A later short row can end before an earlier long one, so the latest end so far is
-- compared, not the previous row's.
with_previous as (
    select
        *,
        max(until_date) over (
            partition by person_id, benefit_code
            order by start_date
            rows between unbounded preceding and 1 preceding
        ) as previous_until_date
    from bounded
),

numbered as (
    select
        *,
        count_if(previous_until_date is null or start_date > previous_until_date) over (
            partition by person_id, benefit_code
            order by start_date
            rows between unbounded preceding and current row
        ) as spell_number
    from with_previous
),

final as (
    select
        person_id,
        benefit_code,
        min(start_date) as start_date,
        max(until_date) as until_date
    from numbered
    group by person_id, benefit_code, spell_number
)

select * from final
