"""Residents' subscriptions: subscribe, confirm, change, leave."""
