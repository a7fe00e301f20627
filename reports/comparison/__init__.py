"""A number beside published runs of the same configuration: could one more such run have given it?"""
