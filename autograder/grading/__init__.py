"""Grade a whole class: score submissions in parallel, store results, write the gradebook and feedback pages."""
