"""What `evaluation check` tells: facts (check.json), a page (check.html), a summary."""
