"""The hidden tests: a file for each topic. pytest collects them; no module imports them."""
