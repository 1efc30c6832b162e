"""Addresses of brokers and pages, who may say what at the broker, and how much."""
