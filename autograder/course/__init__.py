"""What the instructor decides: the settings, the secret, the assignment as its notebooks describe it."""
