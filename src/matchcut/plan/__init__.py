"""What will happen: who depends on whom, what goes over the wire, in which order, for how much."""
