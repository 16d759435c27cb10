"""The operators' console: live alerts, decisions, sensors, sign-in and audit."""
