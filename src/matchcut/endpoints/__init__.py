"""What each hosted model accepts and returns: contracts as data, and roles bound to wire names."""
