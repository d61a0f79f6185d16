"""Bundles: the folders that hold what one trained codec needs, and where they are found."""
