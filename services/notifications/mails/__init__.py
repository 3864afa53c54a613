"""From a notification and what is known at the moment of sending to one finished mail.

What writes and lays out (`letters`, `envelope`) is imported with the first mail: an idle process does without it.
"""
