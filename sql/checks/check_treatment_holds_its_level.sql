-- check_treatment_holds_its_level
-- Expected are as many treatment contacts in a month as in the same month a year before, or as in
-- the mean of the 12 months before if that is less. A month is low when it has under four fifths
-- of that and lies more than four standard deviations of a count under it. Months that expect
-- fewer than 10 are not judged. One low month alone is chance: the
-- month before or after must be low too. A cell is a sector and a month.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contact_counts
-- column: debitor_code, start_date
-- threshold: 0
-- means: Treated persons without the code stand among the controls, and the effect is drawn
--   towards nothing
-- what_to_do: compare the trusts and read what they say of their coding; drop the last year and
--   compare
-- source: register-facts 0 (coding fell in 2018); the limits are our choice

with

counts as (
    select * from stg_npr__contact_counts
),

months as (
    select
        cast(
            unnest(
                generate_series(
                    date_trunc('month', cast($contacts_first_date as date)),
                    cast($contacts_last_date as timestamp),
                    interval 1 month
                )
            ) as date
        ) as start_month
),

treatments as (
    select
        sector,
        start_month,
        sum(n_contacts) as n_contacts
    from counts
    where list_contains($debitor_codes, debitor_code)
    group by all
),

sectors as (
    select distinct sector from treatments
),

monthly as (
    select
        sectors.sector,
        months.start_month,
        coalesce(treatments.n_contacts, 0) as n_contacts
    from sectors
    cross join months
    left join treatments
        on
            sectors.sector = treatments.sector
            and months.start_month = treatments.start_month
),

compared as (
    select
        *,
        least(
            avg(n_contacts) over (
                partition by sector order by start_month
                rows between 12 preceding and 1 preceding
            ),
            lag(n_contacts, 12) over (partition by sector order by start_month)
        ) as n_expected,
        row_number() over (partition by sector order by start_month) as month_number
    from monthly
),

judged as (
    select
        *,
        n_contacts < least(0.8 * n_expected, n_expected - 4 * sqrt(n_expected)) as is_low
    from compared
    where month_number > 12 and n_expected >= 10
),

final as (
    select
        sector || ' ' || strftime(start_month, '%Y-%m') as place,
        is_low
        and (
            coalesce(lag(is_low) over by_month, false)
            or coalesce(lead(is_low) over by_month, false)
        ) as is_broken
    from judged
    window by_month as (partition by sector order by start_month)
)

select * from final
