"""Pure solvers: `groups` fills working-group rooms, `partnering` pairs people; run them in a worker process."""
