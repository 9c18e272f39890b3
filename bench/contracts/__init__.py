"""What every component has to keep, one file a kind: the checks behind `ganbench verify` and the tests.

A check is a function of a subject whose docstring is its rule; it raises `Broken` with what is not so.
"""
