"""What mixed and relayed streams share: tasks that publish to CDN addresses or into rooms."""
