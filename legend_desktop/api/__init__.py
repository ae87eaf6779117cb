"""The local REST API over services; imports no Qt."""
