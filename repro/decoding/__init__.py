"""From a trained model to text: greedy and beam search over any `Seq2Seq`, and translation line by line.

Both searches keep keys and values between steps, work on many sentences at once, and let finished sentences
leave.
"""
