"""States of many workspaces in one PostgreSQL database, for teams and for runners that are thrown away."""
