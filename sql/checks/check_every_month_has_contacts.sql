-- check_every_month_has_contacts
-- Each month of the coverage has contacts in each sector; sectors with fewer than 10 contacts
-- a month on the average are not judged. A cell is a sector and a month.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: start_date
-- threshold: 0
-- means: Persons treated in the missing months are missing, or look untreated
-- what_to_do: a file is missing or was cut; correct the delivery or its coverage
-- source: our choice

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

sectors as (
    select sector
    from counts
    group by sector
    having sum(n_contacts) >= 10 * (select count(*) from months)
),

final as (
    select
        sectors.sector || ' ' || strftime(months.start_month, '%Y-%m') as place,
        coalesce(sum(counts.n_contacts), 0) = 0 as is_broken
    from sectors
    cross join months
    left join counts
        on
            sectors.sector = counts.sector
            and months.start_month = counts.start_month
    group by place
)

select * from final
