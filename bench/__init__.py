"""Which runs, what scores, what may we conclude? Knows rows; asks `gan` to train."""
