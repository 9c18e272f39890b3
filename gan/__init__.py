"""How is one GAN trained, given these choices? Knows tensors, not studies.

Read `gan/step.py` first: it is the algorithm box. Everything it uses is a pure function of
values written for one replica; `gan/train.py` alone maps it over the replicas of a cohort.

Shape legend, used as suffixes where an axis matters:

    B batch    C channels    H height    W width    Z latent size    P parameters    K modes
    R replicas of a cohort (only in train.py and checkpoint.py)

Real and generated images are floats in [-1, 1], points are raw coordinates.
"""
