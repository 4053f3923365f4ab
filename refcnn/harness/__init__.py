"""What runs inside a tested process, and the language that it is spoken to in."""
