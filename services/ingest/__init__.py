"""The front door: residents' reports, sensors' readings, and what became of each report."""
