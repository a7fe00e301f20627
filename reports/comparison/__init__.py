"""A number beside the published runs of the same cell: could one more of these runs have given it?"""
