"""`python -m services.notifications` runs the service."""

from services.notifications.app import main

if __name__ == "__main__":
    main()
