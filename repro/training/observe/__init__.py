"""Observations of a network while it trains: the configuration's section `observe`, and the learning curve."""
