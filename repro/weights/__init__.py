"""Weights on disk: the file of a checkpoint, the average of several, and the network in one, without Lightning."""
