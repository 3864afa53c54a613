"""The services as they are, over a broker, a clock, databases and a mail server in memory; one thread, one seed."""
