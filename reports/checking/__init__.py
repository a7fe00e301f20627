"""What is wrong with records and files of claims, one sentence each, without judging anything by them."""
