"""A test site's settings, pages and WSGI application."""
