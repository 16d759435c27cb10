"""An SMSC that speaks SMPP 3.4."""
