"""`python -m services.checkin` runs the service."""

from services.checkin.app import main

if __name__ == "__main__":
    main()
