"""What the views share: requests in, answers out, gunicorn."""
