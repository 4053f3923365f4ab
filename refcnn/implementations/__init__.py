"""Who is checked: implementations under test, and how they are run."""
