"""Anyone's labels from a file to a file: read, fitted and written without a database."""
