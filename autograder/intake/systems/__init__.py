"""The learning management systems whose downloads `collect` reads: whose each file is, and when it was handed in."""
