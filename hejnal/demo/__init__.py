"""An evening in Przemyśl, played through the public addresses of the running system and measured there."""
