-- check_institutions_report_every_year
-- An institution with 20 contacts in the year before and in the year after has contacts in the
-- year between. A cell is an institution and a year; only organisation numbers with a right
-- control digit are shown.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: institution_id
-- threshold: 0
-- means: Its patients of that year are missing, or look untreated
-- what_to_do: ask NPR whether the institution reported
-- source: our choice

with

counts as (
    select * from stg_npr__contact_counts
),

yearly as (
    select
        institution_id,
        year(start_month) as contact_year,
        sum(n_contacts) as n_contacts
    from counts
    where institution_id is not null
    group by all
),

compared as (
    select
        institution_id,
        contact_year,
        n_contacts,
        lead(contact_year) over next_year as next_year,
        lead(n_contacts) over next_year as n_next
    from yearly
    window next_year as (partition by institution_id order by contact_year)
),

final as (
    select
        if(
            regexp_full_match(institution_id, '[0-9]{9}')
            and list_sum(
                list_transform(
                    list_zip(string_split(institution_id, ''), [3, 2, 7, 6, 5, 4, 3, 2, 1]),
                    lambda pair: try_cast(pair[1] as integer) * pair[2]
                )
            ) % 11 = 0,
            institution_id,
            'another text'
        ) || ' ' || (contact_year + 1) as place,
        next_year = contact_year + 2 as is_broken
    from compared
    where
        next_year <= contact_year + 2
        and n_contacts >= 20
        and (next_year = contact_year + 1 or n_next >= 20)
)

select * from final
