"""Files with a name, to be uploaded in the admin."""
