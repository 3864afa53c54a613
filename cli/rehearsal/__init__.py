"""The dress rehearsal: synthetic people take both seed gatherings from the first mail to the last door."""
