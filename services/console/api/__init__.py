"""HTTP in and out, thin: each file is one group of addresses."""
