"""The same run in MLflow."""
