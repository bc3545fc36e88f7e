-- check_treatment_holds_its_level_by_trust
-- Expected are as many treatment contacts in a month as in the same month a year before, or as in
-- the mean of the 12 months before if that is less. A month is low when it has under four fifths
-- of that and lies more than four standard deviations of a count under it. Months that expect
-- fewer than 10 are not judged. A cell is a sector, a trust and a
-- month; a trust without a short code or organisation number is shown as a number in order.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contact_counts
-- column: debitor_code, start_date, institution_id
-- threshold: 0.002
-- means: Treated persons without the code stand among the controls, and the effect is drawn
--   towards nothing
-- what_to_do: compare the trusts and read what they say of their coding; drop the last year and
--   compare
-- source: register-facts 0 (coding fell in 2018); the limits are our choice

with

counts as (
    select * from stg_npr__contact_counts
),

institutions as (
    select
        institution_id,
        min(coalesce(hf_code, institution_id)) as trust
    from stg_npr__institutions
    where broken_rule is null
    group by institution_id
),

shown as (
    select
        institution_id,
        if(
            regexp_full_match(trust, '[A-Z0-9]{1,3}')
            or (
                regexp_full_match(trust, '[0-9]{9}')
                and list_sum(
                    list_transform(
                        list_zip(string_split(trust, ''), [3, 2, 7, 6, 5, 4, 3, 2, 1]),
                        lambda pair: try_cast(pair[1] as integer) * pair[2]
                    )
                ) % 11 = 0
            ),
            trust,
            'trust no. ' || dense_rank() over (order by trust)
        ) as trust
    from institutions
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
        counts.sector || ' ' || coalesce(shown.trust, 'unknown trust') as unit,
        counts.start_month,
        sum(counts.n_contacts) as n_contacts
    from counts
    left join shown on counts.institution_id = shown.institution_id
    where list_contains($debitor_codes, counts.debitor_code)
    group by all
),

units as (
    select distinct unit from treatments
),

monthly as (
    select
        units.unit,
        months.start_month,
        coalesce(treatments.n_contacts, 0) as n_contacts
    from units
    cross join months
    left join treatments
        on
            units.unit = treatments.unit
            and months.start_month = treatments.start_month
),

compared as (
    select
        *,
        least(
            avg(n_contacts) over (
                partition by unit order by start_month
                rows between 12 preceding and 1 preceding
            ),
            lag(n_contacts, 12) over (partition by unit order by start_month)
        ) as n_expected,
        row_number() over (partition by unit order by start_month) as month_number
    from monthly
),

final as (
    select
        unit || ' ' || strftime(start_month, '%Y-%m') as place,
        n_contacts < least(0.8 * n_expected, n_expected - 4 * sqrt(n_expected)) as is_broken
    from compared
    where month_number > 12 and n_expected >= 10
)

select * from final
