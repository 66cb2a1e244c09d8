"""Sends requests to Azure Resource Manager: sign-in, URLs, retries, pages and errors."""
