"""The container: .ltc and .ltcp files, parsed once, with their symbols and chunks."""
