"""The embedded generator: shows a film's timing, cuts and anchors offline, and costs nothing.

It moves a camera over stills and interpolates between them. It invents no acting, and knows no
elements; what a hosted model would make of the words it does not guess.
"""

from matchcut.render.providers.rehearsal.generate import VERSION, generate
from matchcut.render.providers.rehearsal.scene import Scene

__all__ = ["VERSION", "Scene", "generate"]
