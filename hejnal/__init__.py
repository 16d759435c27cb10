"""The command `hejnal` and the local stack."""
