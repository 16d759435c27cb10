"""The local stack: Kafka, the sandbox and the four services on one machine, without containers."""
