"""Who makes pixels, behind one small protocol."""
