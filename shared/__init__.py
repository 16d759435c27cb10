"""What two or more services need, and nothing else: events, topics, Kafka, settings, telemetry, errors, the web edge, the city pack."""
