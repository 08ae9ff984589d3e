"""The sample class: artificial submissions of every known kind."""
