"""The codec beside others on the machine at hand: ``make bench`` runs all of it and writes bench/RESULTS.md.

One file per subject, each with a function that measures and returns its section of the page.
"""
