"""Building blocks of hidden tests: declaration, checks, signatures, substitutes, tolerances."""
