"""A campaign in text: facts over all members, and Markdown of them. Pure."""
