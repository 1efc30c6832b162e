"""Charts as SVG, drawn on the server: pure functions from figures to markup.

One glyph everywhere: band = 95 % interval, thick mark = the rate, dashed line = the goal. Across, all
places are percentages of the drawing's width, so that one drawing serves every screen and paper with its
letters at their own size; colours come from classes of the style sheet, never from inline styles.
"""
