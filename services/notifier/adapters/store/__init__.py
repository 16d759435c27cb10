"""The notifier's database: who is told, what was planned, and the ledger of what became of it."""
