"""What people change, in SQL. The analyzer is its only writer."""

from analyzer.state.announcements import announce
from analyzer.state.choices import position, retention_days, set_position, set_retention_days
from analyzer.state.database import Sessions, close, open_reader, open_writer
from analyzer.state.models import (
    Account,
    AlertGroup,
    AlertRow,
    Announcement,
    Base,
    Change,
    Device,
    File,
    FileSighting,
    FileVerdict,
    GroupPlatform,
    KillingPair,
    LoginAttempt,
    Position,
    RuleVersion,
    Setting,
    SignIn,
)

__all__ = [
    "Account",
    "AlertGroup",
    "AlertRow",
    "Announcement",
    "Base",
    "Change",
    "Device",
    "File",
    "FileSighting",
    "FileVerdict",
    "GroupPlatform",
    "KillingPair",
    "LoginAttempt",
    "Position",
    "RuleVersion",
    "Sessions",
    "Setting",
    "SignIn",
    "announce",
    "close",
    "open_reader",
    "open_writer",
    "position",
    "retention_days",
    "set_position",
    "set_retention_days",
]
