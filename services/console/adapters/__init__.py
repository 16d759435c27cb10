"""Kafka, the database, passwords and the live stream, each behind one file."""
