"""What must hold: clauses, cases, exact data, derived bounds and the judge."""
