"""`python -m classifier_client` is `classify`."""

from classifier_client.commands.app import main

if __name__ == "__main__":
    main()
