-- check_benefits_stop_at_death
-- Benefits that run more than 31 days past the death of the person, by benefit and year of start:
-- more than five in a hundred.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: end_date
-- threshold: 0
-- means: the dead have benefit days; who dies within the windows leaves the study
-- what_to_do: ask NAV whether spells are closed at death
-- source: our choice

with

counts as (
    select *
    from stg_nav__benefit_counts
    where link_state = 'linked'
),

final as (
    select
        benefit_code || ' ' || year(start_month) as place,
        sum(n_past_death) > 0.05 * sum(n_spells) as is_broken
    from counts
    group by benefit_code, year(start_month)
    having sum(n_spells) >= 50
)

select * from final
