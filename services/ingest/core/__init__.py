"""The decisions of the front door, each a pure function that returns its reason."""
