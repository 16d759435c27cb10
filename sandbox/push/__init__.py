"""A Web Push service (RFC 8030, 8291, 8292) and the phones behind it, whose keys it holds."""
