"""Making it happen: the durable workflow, the ledger of takes, and the providers of pixels."""
