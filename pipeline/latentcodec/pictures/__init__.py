"""Pictures in and out: pixels, transparency and metadata of whatever Pillow reads and writes."""
