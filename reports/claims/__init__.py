"""What the papers claim and publish, as data: one place for each published number."""
