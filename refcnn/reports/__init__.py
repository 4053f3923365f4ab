"""How it is told: traces of single outputs, failure cards, tables, JSON."""
