"""Prove that the recipes `durable`, `broker` and `aws_sqs` lose nothing: ``python -m scale``."""
