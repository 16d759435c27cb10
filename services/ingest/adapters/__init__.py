"""Kafka, the database and the rate limits, behind the Protocols of flow.py."""
