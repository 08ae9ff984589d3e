"""Grade a class: score submissions in parallel, write the gradebook and feedback pages."""
