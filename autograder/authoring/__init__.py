"""For those who write exercises: the skeleton of a new one, and the proof that its hidden tests are good."""
