"""HTTP under `/v1`: what the public submits, what is passed on to the owners, and what describes both."""
