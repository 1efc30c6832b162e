"""Numbers, sentences and lengths of lines, as Vietnamese documents write them."""
