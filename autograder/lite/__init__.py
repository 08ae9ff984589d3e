"""The notebooks as a static site that runs them in a browser."""
