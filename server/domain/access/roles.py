"""Which roles may use which part of the pages: the one place that says so.

A route names one of these; what a person may do with a single case, the cases themselves decide.
"""

from server.domain.records import ROLES

PRINCIPAL = "principal"
"""The head of the school: of what is said about them they are no reader."""
EVERYBODY = ROLES
"""Whoever has signed in."""
CASES = ("principal", "deputy", "officer", "reception", "staff")
"""See that there are complaints, without their texts."""
CASE_WORK = ("principal", "deputy", "officer", "reception")
"""Do something about a complaint."""
READERS = ("principal", "deputy", "officer")
"""May hold a key to the texts."""
RECEPTION = ("principal", "deputy", "reception")
"""Take down who came, and what they said."""
LEADERS = ("principal", "deputy")
"""Answer for the school: keys, calendar, deletions."""
ANY_DAYS = ("principal", "deputy")
"""See the figures of any two days. Others see whole periods, which no subtraction undoes."""
POINT_MAKERS = ("principal", "deputy", "reception", "technician")
"""Set up points of the phone survey and print their posters and slips."""
POINT_KEEPERS = ("principal", "deputy", "technician")
"""Change such points, and take them out of use."""
DEVICE_KEEPERS = ("principal", "deputy", "technician")
"""Add machines, make their claim codes, set them, take them out of use. Another school: leaders alone."""
CLOCK_KEEPERS = ("principal", "deputy", "technician")
"""Say that the server's clock is right although it looks wrong."""
HOUR_SETTERS = ("principal", "deputy", "technician")
"""Say when somebody is at the school: what comes at other hours is left out at its desks."""
