"""The trusted side of the kit: it releases assignments, scores submissions and keeps the gradebook."""
