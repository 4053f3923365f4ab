"""How graded submissions are told: pages, Markdown, the terminal."""
