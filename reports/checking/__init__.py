"""Faults and warnings in records and files of claims, one sentence each. Nothing is judged by them."""
