"""Kafka without losing or doubling anything.

- `producing.Producer`: idempotent, acks=all; concurrent sends share batches.
- `consuming.consume_batches`: an at-least-once stage hosted by FastStream.
- `partition_stage.PartitionStage`: a stateful stage, exact under crashes: one transaction per input partition.
- `following.Follower`: reads whole topics without a group, from positions that the caller keeps.
- `dead_letters.DeadLetters`: where bad records go; `Producer` is one.
- `hosting.KafkaHost`: all of a process that needs the broker, started and stopped in order.
- `watching.LagWatch`: lag and age of every stage of a process.
- `starting`: makes the broker and waits until it can be reached.
- `administration`: creates and checks the topics of the registry.
"""
