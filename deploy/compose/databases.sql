-- Each service has a database of its own and reads no other's.
CREATE DATABASE ingest;
CREATE DATABASE notifier;
CREATE DATABASE console;
