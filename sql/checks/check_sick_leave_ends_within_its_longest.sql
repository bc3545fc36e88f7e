-- check_sick_leave_ends_within_its_longest
-- Merged spells that hold more days than the benefit may last, with a leeway of seven days:
-- sickness benefit ends after 52 weeks. Spells less than 16 days apart are one (folketrygdloven
-- 8-19). One row per merged spell is examined.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date, end_date
-- threshold: 0.01
-- means: ends are missing or other benefits are among these: too many days of sick leave
-- what_to_do: ask NAV how ends are registered, and what the code holds
-- source: register-facts 2.5 (52 weeks, 16 days); leeway: our choice

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

benefits as (
    select
        benefit_code,
        cast(longest_weeks as integer) * 7 as longest_days,
        cast(merge_gap_days as integer) as merge_gap_days
    from codelist_benefits
    where longest_weeks is not null
),

with_previous as (
    select
        spells.*,
        benefits.longest_days,
        benefits.merge_gap_days,
        max(spells.until_date) over (
            partition by spells.nav_id, spells.benefit_code
            order by spells.start_date, spells.file_index, spells.row_number
            rows between unbounded preceding and 1 preceding
        ) as previous_until_date
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
),

numbered as (
    select
        *,
        greatest(until_date - greatest(start_date, previous_until_date), 0) as new_days,
        count_if(
            previous_until_date is null
            or start_date - previous_until_date >= merge_gap_days
        ) over (
            partition by nav_id, benefit_code
            order by start_date, file_index, row_number
            rows between unbounded preceding and current row
        ) as merged_number
    from with_previous
),

merged as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        sum(new_days) > max(longest_days) + 7 as is_broken
    from numbered
    group by nav_id, benefit_code, merged_number
),

final as (
    select
        first_row.file_index,
        first_row.row_number,
        is_broken
    from merged
)

select * from final
