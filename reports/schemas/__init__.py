"""JSON schemas of the files that others may bring, as data: records, claims, published figures and origins."""
