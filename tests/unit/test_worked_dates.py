"""Deadlines counted by hand, each with its law and with how it was counted.

Notation: the days that count are listed with the running number in brackets; "off" days are skipped.
The days off that matter here:
2025  24/11 Mon is still an ordinary day (Ngày Văn hóa Việt Nam is a day off from 2026)
2026  1/1 Thu · swap: Fri 2/1 off, Sat 10/1 worked · Tết 16-20/2 Mon-Fri
      Giỗ Tổ 26/4 Sun, hence 27/4 Mon · 30/4 Thu, 1/5 Fri · swap: Sat 22/8 worked, Mon 31/8 off
      1/9 Tue, 2/9 Wed · 24/11 Tue
2027  1/1 Fri · Tết 4-5/2 Thu-Fri and 8-10/2 Mon-Wed (expected) · Giỗ Tổ 16/4 Fri
      30/4 Fri · 1/5 Sat, hence 3/5 Mon · 2/9 Thu, 3/9 Fri (expected) · 24/11 Wed
2028  1/1 Sat, hence 3/1 Mon · Tết 24-28/1 Mon-Fri (expected) · 29/2 Tue is a day
"""

from datetime import date

import pytest

from server.services.deadlines.deadlines import deadline

ANSWER = "citizen_reception.answer"  # Luật Tiếp công dân, Điều 28: 10 working days
FORWARD = "pakn.forward"  # Nghị định 20/2008, Điều 9: 5 working days
ACCEPT = "khieu_nai.accept"  # 10 working days until 30/6/2026; Nghị định 155/2026, Điều 10: 7 from 1/7/2026
FIRST = "khieu_nai.first_instance"  # Luật Khiếu nại, Điều 28: 30, 45, 45, 60 calendar days
SECOND = "khieu_nai.second_instance"  # Luật Khiếu nại, Điều 37: 45, 60, 60, 70 calendar days
SEND = "khieu_nai.send_decision"  # Luật Khiếu nại, Điều 32: 3 working days
INTAKE = "to_cao.intake"  # Luật Tố cáo, Điều 24: 7 working days, at most 10
TRANSFER = "to_cao.transfer"  # Luật Tố cáo, Điều 24: 5 working days
RESOLVE = "to_cao.resolve"  # Luật Tố cáo, Điều 30: 30, 60, 90 calendar days
PRIVACY = "privacy.answer"  # Nghị định 356/2025: 2 working days
# In all of them Bộ luật Dân sự, Điều 147 (the first day is not counted) and 148 (a last day off moves on).

WORKED = [
    # --- weekends
    # Mon 18/5: 19-22 (4), 25-29 (9), Mon 1/6 (10)
    (ANSWER, "", "2026-05-18", "2026-06-01"),
    # received on Sat 23/5: 25-29 (5), 1-5/6 (10)
    (ANSWER, "", "2026-05-23", "2026-06-05"),
    # received on Sun 24/5: the same as the day before
    (ANSWER, "", "2026-05-24", "2026-06-05"),
    # Mon 4/5 + 30 = Wed 3/6, worked
    (FIRST, "", "2026-05-04", "2026-06-03"),
    # Fri 2/10: 29 days to 31/10, all 30 of November make 59, 1/12 Tue is the 60th
    (RESOLVE, "complex", "2026-10-02", "2026-12-01"),
    # --- 24/11, off from 2026
    # Mon 16/11: 17-20 (4), 23 (5), 24 off, 25-27 (8), 30 (9), 1/12 (10)
    (ANSWER, "", "2026-11-16", "2026-12-01"),
    # Mon 23/11: 24 off, 25-27 (3), 30 (4), 1/12 (5)
    (FORWARD, "", "2026-11-23", "2026-12-01"),
    # Fri 20/11: 23 (1), 24 off, 25-27 (4), 30, 1/12, 2/12 (7)
    (ACCEPT, "", "2026-11-20", "2026-12-02"),
    # Tue 17/11: 18-20 (3), 23 (4), 24 off, 25-27 (7)
    (INTAKE, "", "2026-11-17", "2026-11-27"),
    # the same with the longest limit: 25-27 (7), 30, 1/12, 2/12 (10)
    (INTAKE, "max", "2026-11-17", "2026-12-02"),
    # Mon 23/11: 24 off, 25 (1), 26 (2)
    (PRIVACY, "", "2026-11-23", "2026-11-26"),
    # Sat 10/10: 21 days to 31/10, the 45th is 24/11, off: on Wed 25/11
    (SECOND, "", "2026-10-10", "2026-11-25"),
    # Wed 26/8: 5 to 31/8, 35 to 30/9, 66 to 31/10, the 90th is 24/11, off: on Wed 25/11
    (RESOLVE, "very-complex", "2026-08-26", "2026-11-25"),
    # Mon 22/11/2027: 23 (1), Wed 24 off, 25-26 (3), 29/11-3/12 (8), 6, 7/12 (10)
    (ANSWER, "", "2027-11-22", "2027-12-07"),
    # 2025, before it was a day off. Thu 20/11: 21 (1), 24-27 (5)
    (FORWARD, "", "2025-11-20", "2025-11-27"),
    # Fri 21/11/2025: 24-28 (5), 1-5/12 (10)
    (ANSWER, "", "2025-11-21", "2025-12-05"),
    # --- Tết 2026
    # Fri 13/2: 16-20 off, 23-27 (5), 2-6/3 (10)
    (ANSWER, "", "2026-02-13", "2026-03-06"),
    # Wed 11/2, ten days then: 12-13 (2), 23-27 (7), 2-4/3 (10)
    (ACCEPT, "", "2026-02-11", "2026-03-04"),
    # Thu 12/2: 13 (1), 23-26 (5)
    (TRANSFER, "", "2026-02-12", "2026-02-26"),
    # Sat 17/1: 14 days to 31/1, the 30th is Mon 16/2, off up to Sun 22/2: on Mon 23/2
    (FIRST, "", "2026-01-17", "2026-02-23"),
    # --- Tết 2027
    # Mon 1/2: 2-3 (2), 4-5 and 8-10 off, 11-12 (4), 15-19 (9), 22 (10)
    (ANSWER, "", "2027-02-01", "2027-02-22"),
    # Fri 29/1: 1-3/2 (3), 11-12 (5), 15-16 (7)
    (INTAKE, "", "2027-01-29", "2027-02-16"),
    # Tue 5/1: 26 days to 31/1, the 30th is Thu 4/2, off up to 10/2: on Thu 11/2
    (RESOLVE, "", "2027-01-05", "2027-02-11"),
    # Mon 7/12/2026: 24 to 31/12, 55 to 31/1, the 60th is Fri 5/2, off up to 10/2: on Thu 11/2
    (SECOND, "complex", "2026-12-07", "2027-02-11"),
    # --- swap days of 2026
    # Tue 30/12/2025: 31 (1), 1/1 off, Fri 2/1 off for Sat 10/1, 5-8 (5)
    (FORWARD, "", "2025-12-30", "2026-01-08"),
    # Thu 8/1: 9 (1), Sat 10/1 worked (2): the same two days of a request about one's own data
    (PRIVACY, "", "2026-01-08", "2026-01-10"),
    # Thu 20/8: 21 (1), Sat 22 worked (2), 24-28 (7), 31/8-2/9 off, 3-4/9 (9), 7/9 (10)
    (ANSWER, "", "2026-08-20", "2026-09-07"),
    # Fri 21/8: Sat 22 (1), 24 (2), 25 (3)
    (SEND, "", "2026-08-21", "2026-08-25"),
    # Wed 26/8: 27-28 (2), 31/8-2/9 off, 3-4 (4), 7 (5)
    (FORWARD, "", "2026-08-26", "2026-09-07"),
    # Thu 23/7: 8 days to 31/7, the 30th is Sat 22/8, which is worked: it does not move
    (FIRST, "", "2026-07-23", "2026-08-22"),
    # Fri 17/7: 14 days to 31/7, the 45th is Mon 31/8, off, 1-2/9 off: on Thu 3/9
    (FIRST, "remote", "2026-07-17", "2026-09-03"),
    # Fri 3/7: 28 to 31/7, 59 to 31/8, the 60th is 1/9, off, 2/9 off: on Thu 3/9
    (FIRST, "remote-complex", "2026-07-03", "2026-09-03"),
    # --- the limit that changed on 1/7/2026: the one in force on the first day counts
    # Mon 29/6, ten days: 30/6-3/7 (4), 6-10 (9), 13 (10)
    (ACCEPT, "", "2026-06-29", "2026-07-13"),
    # Tue 30/6, the last day of ten: 1-3/7 (3), 6-10 (8), 13-14 (10)
    (ACCEPT, "", "2026-06-30", "2026-07-14"),
    # Wed 1/7, the first day of seven: 2-3 (2), 6-10 (7)
    (ACCEPT, "", "2026-07-01", "2026-07-10"),
    # --- Giỗ Tổ, 30/4 and 1/5
    # Fri 24/4/2026: 27 off, 28-29 (2), 30/4-1/5 off, 4-8 (7), 11-13 (10)
    (ANSWER, "", "2026-04-24", "2026-05-13"),
    # Thu 12/3/2026: 19 days to 31/3, the 45th is Sun 26/4, Mon 27 off for it: on Tue 28/4
    (FIRST, "complex", "2026-03-12", "2026-04-28"),
    # Tue 28/4/2026: 29 (1), 30/4-1/5 off, 4 (2), 5 (3)
    (SEND, "", "2026-04-28", "2026-05-05"),
    # Wed 29/4/2026: 30/4-1/5 off, 4 (1), 5 (2)
    (PRIVACY, "", "2026-04-29", "2026-05-05"),
    # Thu 15/4/2027: 16 off, 19-23 (5), 26-29 (9), 30/4 and Mon 3/5 off, Tue 4/5 (10)
    (ANSWER, "", "2027-04-15", "2027-05-04"),
    # Thu 15/4/2027: 16 off, 19 (1), 20 (2)
    (PRIVACY, "", "2027-04-15", "2027-04-20"),
    # Wed 17/3/2027: 14 days to 31/3, the 30th is Fri 16/4, Giỗ Tổ: on Mon 19/4
    (FIRST, "", "2027-03-17", "2027-04-19"),
    # Wed 28/4/2027: 29 (1), 30/4 off, 3/5 off, 4-7 (5)
    (TRANSFER, "", "2027-04-28", "2027-05-07"),
    # Mon 22/2/2027: 6 to 28/2, 37 to 31/3, 67 to 30/4, the 70th is Mon 3/5, off for 1/5: on Tue 4/5
    (SECOND, "remote-complex", "2027-02-22", "2027-05-04"),
    # --- Quốc khánh 2027
    # Wed 1/9: 2-3 off, 6-10 (5)
    (FORWARD, "", "2027-09-01", "2027-09-10"),
    # Wed 4/8: 27 days to 31/8, the 30th is Fri 3/9, off: on Mon 6/9
    (FIRST, "", "2027-08-04", "2027-09-06"),
    # --- ends of years
    # Fri 25/12/2026: 28-31 (4), 1/1 off, 4-8 (9), 11 (10)
    (ANSWER, "", "2026-12-25", "2027-01-11"),
    # Wed 30/12/2026: 31 (1), 1/1 off, 4 (2), 5 (3)
    (SEND, "", "2026-12-30", "2027-01-05"),
    # Tue 3/11/2026: 27 to 30/11, 58 to 31/12, the 60th is Sat 2/1: on Mon 4/1
    (SECOND, "remote", "2026-11-03", "2027-01-04"),
    # Thu 31/12/2026: 1/1 off, 4 (1), 5 (2)
    (PRIVACY, "", "2026-12-31", "2027-01-05"),
    # Fri 31/12/2027: 1/1 falls on a Saturday, Mon 3/1 off for it, 4 (1), 5 (2)
    (PRIVACY, "", "2027-12-31", "2028-01-05"),
    # Wed 15/12/2027: 16 to 31/12, the 45th is Sat 29/1, after Tết: on Mon 31/1
    (SECOND, "", "2027-12-15", "2028-01-31"),
    # --- leap days
    # Mon 21/2/2028: 22-25 (4), 28/2, 29/2, 1-3/3 (9), 6/3 (10)
    (ANSWER, "", "2028-02-21", "2028-03-06"),
    # Sun 30/1/2028: 31/1 is the 1st, 29/2 the 30th, a Tuesday
    (RESOLVE, "", "2028-01-30", "2028-02-29"),
    # Wed 28/2/2024: 29/2 is the 1st, 29/3 the 30th, a Friday
    (RESOLVE, "", "2024-02-28", "2024-03-29"),
]


@pytest.mark.parametrize(("rule", "variant", "start", "end"), WORKED)
def test_a_deadline_falls_where_a_hand_counts_it(rule: str, variant: str, start: str, end: str) -> None:
    found = deadline(None, rule, date.fromisoformat(start), variant)
    assert found.last_day == date.fromisoformat(end)


def test_no_date_is_worked_twice() -> None:
    asked = [(rule, variant, start) for rule, variant, start, _ in WORKED]
    assert len(set(asked)) == len(WORKED) >= 40
