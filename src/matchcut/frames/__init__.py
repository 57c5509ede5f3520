"""Pixels out of clips and back: exact decode, stills, colour. The only room that decodes.

Inspection, anchors, seam measures and assembly all read frames here, so that all of them see the
same pixels: `uint8` arrays of shape (height, width, 3), full-range R'G'B' in that order.
"""
