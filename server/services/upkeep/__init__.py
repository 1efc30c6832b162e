"""Keeping the store sound: backups, restoring, the doctor, a clock that was wrong."""

__all__ = [
    "backup",
    "backup_sheet",
    "clock_settling",
    "doctor",
    "doctor_times",
    "restore_settling",
    "scheduled_backups",
]
