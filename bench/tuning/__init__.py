"""Searching every arm's knobs under one budget: `design: search`. The only room that imports optuna.

As in Lucic et al. 2018, "Are GANs created equal?", arXiv:1711.10337: every arm gets the same number of trials
over the ranges of its knobs and learning rates, the first of them what the study itself has set, and the best
trial of each arm is run again: on seeds that no trial has had, and only those runs are reported.

    declared.py   what a study's file says under `search`
    space.py      what may be searched in an arm, and where
    sampling.py   one proposal, from what is known so far: optuna
    choice.py     which trial won
    prospect.py   what is searched in which arm, before the search begins
    search.py     which trials come next, and in the end the winners; all of it from the journal
"""
