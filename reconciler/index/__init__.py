"""What is known of documents that have not changed, so that none is read, validated or compared again.

It is a cache: losing it costs time and nothing else.
"""
