"""What the user wrote: the film's types, its readers, and its mistakes with their places."""
