"""The transform: pixels to latents to symbols and back, by a bundle's networks and quantisers."""
