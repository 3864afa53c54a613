"""How Foyer is put on a machine: images, gatherings, dashboards, and the embedded servers of `make up`."""
