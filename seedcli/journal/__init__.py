"""The journal: what was intended, sent, answered and saved, durable before it is acted on."""

from seedcli.journal.opening import open_journal
from seedcli.journal.protocol import Journal, LostClaim, NewEntry
from seedcli.journal.store import SqliteJournal

__all__ = ["Journal", "LostClaim", "NewEntry", "SqliteJournal", "open_journal"]
