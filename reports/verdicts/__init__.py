"""What the records say of the claims: records as they lie on disk, rules, verdicts, and the report of all of them."""
