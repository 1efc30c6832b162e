"""A visit, from the first touch to the rest screen: which screen stands and what has to be kept. Pure."""
